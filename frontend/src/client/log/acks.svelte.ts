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
// Delay before an acknowledgement is sent again that the server could not store: its disk may have room by then.
const AGAIN = 5_000;

/**
 * The acknowledgements of this person. The rules are:
 * an acknowledgement is done only once the server confirms it;
 * a pressed one is resent until confirmed, also after a reload, and never to another log.
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

	/** The button was pressed. */
	press(seq: number): void {
		const { at } = this.of(seq);
		if (at !== 'open' && at !== 'refused') return;
		this.#set(seq, { at: 'waiting' });
		this.#save();
		if (this.#online) this.#go(seq);
	}

	/** The server confirmed it, from this device or another one of this person. */
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

	/** The epoch of what the page shows before it is welcomed. */
	restore(epoch: string): void {
		this.#move(epoch, epoch);
	}

	/** Welcomed to the log of that epoch, which is the one that went by known before. */
	online(epoch: string, known = epoch): void {
		this.#move(epoch, known);
		this.#online = true;
		this.#goAll();
	}

	offline(): void {
		this.#online = false;
		clearTimeout(this.#timer);
		for (const [seq, { at }] of this.#states) if (at === 'sending') this.#set(seq, { at: 'waiting' });
	}

	/** Forgets acknowledgements of messages that the page has dropped. Unsent ones stay. */
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

	/** What is done stays done; what was pressed in another log is never sent to this one. */
	#move(epoch: string, known: string): void {
		if (this.#epoch === epoch) return;
		const states = new Map(this.#states);
		if (this.#epoch !== known) for (const [seq, { at }] of states) if (at === 'waiting') states.delete(seq);
		this.#states = states;
		this.#epoch = epoch;
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
