import type { ClientFrame, ErrorFrame } from '../../lib/protocol';
import type { Store } from '../../lib/storage';

/** How far one acknowledgement has come. done: the server has it, since that time. */
export type AckState =
	| { at: 'open' }
	| { at: 'waiting' }
	| { at: 'sending' }
	| { at: 'done'; time: string }
	| { at: 'refused'; reason: string };

/** Where each of them is stored, by its log's epoch and its seq. */
export const ACK = 'ack.';
/** Where older pages stored all of them in one. */
const OLD = 'acks';
const OPEN: AckState = { at: 'open' };
// Delay before an acknowledgement is sent again that the server could not store: its disk may have room by then.
const AGAIN = 5_000;

/**
 * The acknowledgements of this person. The rules are:
 * an acknowledgement is done only once the server confirms it;
 * a pressed one is resent until confirmed, also after a reload, and never to another log;
 * each is stored by itself, so that two tabs of one phone do not overwrite each other's.
 */
export class Acks {
	#states = $state.raw<ReadonlyMap<number, AckState>>(new Map());
	/** Of those that are not confirmed: the epoch of the log that each is for. */
	readonly #epochs = new Map<number, string>();
	readonly #store: Store;
	readonly #send: (frame: ClientFrame) => boolean;
	#epoch = '';
	#online = false;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(store: Store, send: (frame: ClientFrame) => boolean) {
		this.#store = store;
		this.#send = send;
		this.#takeOld();
		const states = new Map<number, AckState>();
		for (const key of store.keys(ACK)) {
			const at = key.lastIndexOf('.');
			const seq = Number(key.slice(at + 1));
			if (!Number.isInteger(seq) || at < ACK.length) continue;
			this.#epochs.set(seq, key.slice(ACK.length, at));
			states.set(seq, { at: 'waiting' });
		}
		this.#states = states;
	}

	#takeOld(): void {
		const { epoch, seqs } = (this.#store.get(OLD) ?? {}) as { epoch?: unknown; seqs?: unknown };
		if (typeof epoch === 'string' && Array.isArray(seqs))
			for (const seq of seqs.filter(Number.isInteger) as number[]) this.#store.set(keyOf(epoch, seq), true);
		this.#store.remove(OLD);
	}

	/** Those that were pressed and are not confirmed, as they are stored. */
	get pressed(): string[] {
		return this.#store.keys(ACK).map((key) => key.slice(ACK.length));
	}

	of(seq: number): AckState {
		return this.#states.get(seq) ?? OPEN;
	}

	/** The button was pressed. */
	press(seq: number): void {
		const { at } = this.of(seq);
		if (at !== 'open' && at !== 'refused') return;
		this.#set(seq, { at: 'waiting' });
		this.#keep(seq, this.#epoch);
		if (this.#online) this.#go(seq);
	}

	/** The server confirmed it, from this device or another one of this person. */
	acked(seq: number, time: string): void {
		if (this.of(seq).at === 'done') return;
		this.#set(seq, { at: 'done', time });
		this.#unkeep(seq);
	}

	refuse({ code, message, retry_ms, seq }: ErrorFrame): void {
		if (seq === undefined || this.of(seq).at !== 'sending') return;
		const later = code === 'rate_limited' || code === 'not_kept' || code === 'closing';
		this.#set(seq, later ? { at: 'waiting' } : { at: 'refused', reason: message });
		if (!later) return this.#unkeep(seq);
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#goAll(), retry_ms ?? AGAIN);
	}

	/** The epoch of what the page shows before it is welcomed. */
	restore(epoch: string): void {
		this.#epoch = epoch;
	}

	/** Welcomed to the log of that epoch, which is the one that went by known before. */
	online(epoch: string, known = epoch): void {
		this.#epoch = epoch;
		this.#move(known);
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
		for (const seq of [...this.#epochs.keys()]) this.#unkeep(seq);
		this.#states = new Map();
	}

	/** What is done stays done; what was pressed in another log than that of this epoch or of known is not sent to it. */
	#move(known: string): void {
		const states = new Map(this.#states);
		for (const [seq, epoch] of [...this.#epochs]) {
			if (epoch === this.#epoch) continue;
			this.#unkeep(seq);
			if (epoch === known) this.#keep(seq, this.#epoch);
			else states.delete(seq);
		}
		this.#states = states;
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

	#keep(seq: number, epoch: string): void {
		this.#epochs.set(seq, epoch);
		this.#store.set(keyOf(epoch, seq), true);
	}

	#unkeep(seq: number): void {
		const epoch = this.#epochs.get(seq);
		if (epoch === undefined) return;
		this.#epochs.delete(seq);
		this.#store.remove(keyOf(epoch, seq));
	}
}

function keyOf(epoch: string, seq: number): string {
	return `${ACK}${epoch}.${seq}`;
}
