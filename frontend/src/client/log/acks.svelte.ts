import type { ClientFrame, ErrorFrame } from '../../lib/protocol';
import type { Store } from '../../lib/storage';

/** How far one acknowledgement has come. done: the server has it, since that time. */
export type AckState =
	| { at: 'open' }
	| { at: 'waiting' }
	| { at: 'sending' }
	| { at: 'done'; time: string }
	| { at: 'refused'; reason: string };

const KEY = 'acks';
const OPEN: AckState = { at: 'open' };
// The server could not keep one: its disk may have room again by then.
const AGAIN = 5_000;

/**
 * The acknowledgements of this person. The rules are:
 * one is done only once the server says so;
 * one that was pressed goes out by itself, also after the page was loaded again, and to no other log.
 */
export class Acks {
	#states = $state.raw<ReadonlyMap<number, AckState>>(new Map());
	readonly #store: Store;
	readonly #send: (frame: ClientFrame) => boolean;
	#epoch = '';
	#online = false;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(store: Store, send: (frame: ClientFrame) => boolean) {
		this.#store = store;
		this.#send = send;
		const { epoch, seqs } = (store.get(KEY) ?? {}) as { epoch?: unknown; seqs?: unknown };
		if (typeof epoch !== 'string' || !Array.isArray(seqs)) return;
		this.#epoch = epoch;
		this.#states = new Map(seqs.filter(Number.isInteger).map((seq: number) => [seq, { at: 'waiting' }]));
	}

	of(seq: number): AckState {
		return this.#states.get(seq) ?? OPEN;
	}

	/** Somebody pressed the button. */
	press(seq: number): void {
		const { at } = this.of(seq);
		if (at !== 'open' && at !== 'refused') return;
		this.#set(seq, { at: 'waiting' });
		this.#save();
		if (this.#online) this.#go(seq);
	}

	/** The server has it, from this device or another one of this person. */
	acked(seq: number, time: string): void {
		if (this.of(seq).at === 'done') return;
		this.#set(seq, { at: 'done', time });
		this.#save();
	}

	refuse({ code, message, retry_ms, seq }: ErrorFrame): void {
		if (seq === undefined || this.of(seq).at !== 'sending') return;
		const later = code === 'rate_limited' || code === 'not_kept' || code === 'closing';
		this.#set(seq, later ? { at: 'waiting' } : { at: 'refused', reason: message });
		this.#save();
		if (!later) return;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#goAll(), retry_ms ?? AGAIN);
	}

	/** Welcomed to the log of that epoch. */
	online(epoch: string): void {
		if (this.#epoch !== epoch) this.clear();
		this.#epoch = epoch;
		this.#online = true;
		this.#goAll();
	}

	offline(): void {
		this.#online = false;
		clearTimeout(this.#timer);
		for (const [seq, { at }] of this.#states) if (at === 'sending') this.#set(seq, { at: 'waiting' });
	}

	/** Lets go of those of messages that the page lets go. What is still to be sent stays. */
	forget(seqs: Iterable<number>): void {
		const states = new Map(this.#states);
		for (const seq of seqs) if (states.get(seq)?.at === 'done' || states.get(seq)?.at === 'refused') states.delete(seq);
		if (states.size !== this.#states.size) this.#states = states;
	}

	clear(): void {
		clearTimeout(this.#timer);
		this.#states = new Map();
		this.#save();
	}

	#goAll(): void {
		if (this.#online) for (const [seq, { at }] of this.#states) if (at === 'waiting') this.#go(seq);
	}

	#go(seq: number): void {
		if (this.#send({ action: 'ack', seq })) this.#set(seq, { at: 'sending' });
	}

	#set(seq: number, state: AckState): void {
		this.#states = new Map(this.#states).set(seq, state);
	}

	#save(): void {
		const seqs = [...this.#states].filter(([, { at }]) => at === 'waiting' || at === 'sending').map(([seq]) => seq);
		if (seqs.length === 0) this.#store.remove(KEY);
		else this.#store.set(KEY, { epoch: this.#epoch, seqs });
	}
}
