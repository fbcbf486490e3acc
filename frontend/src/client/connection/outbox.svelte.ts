import { randomId } from '../../lib/ids';
import type { ClientFrame, ErrorFrame } from '../../lib/protocol';
import type { Store } from '../../lib/storage';

/** A message to send. Without a topic it is for the operator alone. */
export interface Draft {
	text: string;
	topic?: string;
	reply_to?: number;
}

/** An own message that the server has not accepted yet. */
export interface Pending extends Draft {
	id: string;
	written: string;
	/** Of a reply: the epoch of the log that it answers. */
	epoch?: string;
	state: 'waiting' | 'sending' | 'failed';
	/** Why it failed, as a sentence for a person. */
	reason?: string;
	/** It failed because its writer was no longer in the topic. */
	parted?: true;
	/** It was sent, and no answer came yet: the server may have it. */
	unsure?: true;
}

export interface OutboxOptions {
	store: Store;
	send: (frame: ClientFrame) => boolean;
	/** No answer for long: the connection may be dead. */
	onstall: () => void;
	/** Whether this person is in a topic. */
	isIn: (topic: string) => boolean;
}

/** Where each of them is stored, by its id. */
export const OUT = 'out.';
const STALL = 10_000;
// Delay after rate_limited, where the server names none.
const PAUSE = 1_000;

/**
 * Outbox of own messages. The rules are:
 * one at a time and in the order of writing, so that the server's order is the writer's;
 * whatever is not accepted when the connection drops is sent again under the same id, which the server takes once;
 * what is for a topic that its writer is not in any more is not sent there: it is kept until they say what becomes of it;
 * each is stored by itself, so that two tabs of one phone do not overwrite each other's.
 */
export class Outbox {
	items = $state.raw<readonly Pending[]>([]);
	readonly #options: OutboxOptions;
	#online = false;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#pausedUntil = 0;
	#epoch = '';

	constructor(options: OutboxOptions) {
		this.#options = options;
		this.items = load(options.store);
	}

	/** Queues a message; it is sent as soon as possible. */
	add(draft: Draft): Pending {
		const of = draft.reply_to === undefined || this.#epoch === '' ? {} : { epoch: this.#epoch };
		const item: Pending = { ...draft, ...of, id: randomId(), written: new Date().toISOString(), state: 'waiting' };
		this.#options.store.set(OUT + item.id, item);
		this.items = [...this.items, item];
		this.#pump();
		return item;
	}

	/** Queues a failed message again, at the end. */
	retry(id: string): void {
		const item = this.find(id);
		if (item?.state !== 'failed') return;
		this.#forget(id);
		this.#queue(item);
	}

	/** Queues a failed message at the end, for the operator alone instead of its topic. */
	toOperator(id: string): void {
		const item = this.find(id);
		if (item?.state !== 'failed') return;
		this.#forget(id);
		// Under its old id the server may have it, for the topic.
		const again: Pending = { ...item, id: randomId() };
		delete again.topic;
		delete again.unsure;
		this.#queue(again);
	}

	/** Discards a message, unless it is being sent. */
	discard(id: string): void {
		if (this.find(id)?.state !== 'sending') this.#forget(id);
	}

	find(id: string): Pending | undefined {
		return this.items.find((item) => item.id === id);
	}

	/**
	 * Connected to the log of that epoch, which is the one that went by known before, and it is known in which topics this
	 * person is: sends what is queued.
	 */
	online(epoch = '', known = epoch): void {
		this.#online = true;
		this.#epoch = epoch;
		for (const item of this.items) {
			if (item.epoch === undefined || item.epoch === epoch) continue;
			this.#change(item.id, item.epoch === known ? { epoch } : { epoch: undefined, reply_to: undefined });
		}
		this.#rewind();
		this.#pump();
	}

	offline(): void {
		this.#online = false;
		clearTimeout(this.#timer);
		this.#rewind();
	}

	/** Accepted: removes and returns the message; undefined for a duplicate answer. */
	settle(id: string): Pending | undefined {
		const item = this.find(id);
		if (!item) return undefined;
		this.#forget(id);
		if (item.state === 'sending') this.#pump();
		return item;
	}

	/** The server refused the one with this id. */
	refuse({ id, code, message, retry_ms }: ErrorFrame): void {
		const item = id === undefined ? undefined : this.find(id);
		if (!item) return;
		// A server that stops will be back, and takes it then; so will a machine that is cut off, or another one takes it.
		if (code === 'rate_limited' || code === 'closing' || (code === 'not_kept' && retry_ms !== undefined)) {
			this.#pausedUntil = Date.now() + (retry_ms ?? PAUSE);
			this.#change(item.id, { state: 'waiting', unsure: undefined });
		} else {
			this.#change(item.id, { state: 'failed', unsure: undefined, reason: reasonFor(code, message) });
			// Another text has this id already: under a new one it may still go out.
			if (code === 'id_conflict') this.#rename(item.id);
		}
		this.#pump();
	}

	/** Drops the replies' reference: a new log does not have what they answer. */
	dropReplies(): void {
		for (const item of this.items) if (item.reply_to !== undefined) this.#change(item.id, { reply_to: undefined });
	}

	clear(): void {
		clearTimeout(this.#timer);
		for (const item of this.items) this.#options.store.remove(OUT + item.id);
		this.items = [];
	}

	#pump(): void {
		clearTimeout(this.#timer);
		if (!this.#online) return;
		if (this.items.some((item) => item.state === 'sending')) return this.#watch();
		const next = this.#next();
		if (!next) return;
		const pause = this.#pausedUntil - Date.now();
		if (pause > 0) {
			this.#timer = setTimeout(() => this.#pump(), pause);
			return;
		}
		const { id, text, topic, reply_to } = next;
		const extra = { ...(topic !== undefined && { topic }), ...(reply_to !== undefined && { reply_to }) };
		if (!this.#options.send({ action: 'notify', id, message: text, ...extra })) return;
		this.#change(id, { state: 'sending', unsure: true });
		this.#watch();
	}

	/** The next message to send; what is for a topic that this person is not in fails before it. */
	#next(): Pending | undefined {
		for (const item of this.items.filter(({ state }) => state === 'waiting')) {
			if (item.topic === undefined || this.#options.isIn(item.topic)) return item;
			this.#change(item.id, { state: 'failed', parted: true, reason: 'you are no longer in this topic' });
		}
		return undefined;
	}

	#queue(item: Pending): void {
		const again: Pending = { ...item, state: 'waiting' };
		delete again.reason;
		delete again.parted;
		this.#options.store.set(OUT + again.id, again);
		this.items = [...this.items, again];
		this.#pump();
	}

	#watch(): void {
		this.#timer = setTimeout(() => this.#options.onstall(), STALL);
	}

	#rewind(): void {
		for (const item of this.items) if (item.state === 'sending') this.#change(item.id, { state: 'waiting' });
	}

	#change(id: string, change: Partial<Pending>): void {
		this.items = this.items.map((item) => (item.id === id ? { ...item, ...change } : item));
		const item = this.find(id);
		if (item) this.#options.store.set(OUT + id, item);
	}

	#rename(id: string): void {
		const item = this.find(id)!;
		this.#options.store.remove(OUT + id);
		const renamed = { ...item, id: randomId() };
		this.#options.store.set(OUT + renamed.id, renamed);
		this.items = this.items.map((other) => (other === item ? renamed : other));
	}

	#forget(id: string): void {
		this.#options.store.remove(OUT + id);
		this.items = this.items.filter((item) => item.id !== id);
	}
}

// A minute is the finest that the list shows.
const LATE = 60_000;

/** The time of writing, if it was sent much later. By this device's clock alone, which may differ from the server's. */
export function late({ written }: Pending): string | undefined {
	return Date.now() - Date.parse(written) >= LATE ? written : undefined;
}

function reasonFor(code: string, message: string): string {
	switch (code) {
		case 'too_large':
			return 'it is too long';
		case 'unknown_topic':
			return 'this topic is gone';
		case 'not_kept':
			return 'no room left on the server';
		default:
			return message;
	}
}

function load(store: Store): Pending[] {
	const items: Pending[] = [];
	for (const key of store.keys(OUT)) {
		const stored = (store.get(key) ?? {}) as Partial<Pending>;
		if (typeof stored.id !== 'string' || typeof stored.text !== 'string' || typeof stored.written !== 'string')
			continue;
		items.push({ ...stored, state: stored.state === 'failed' ? 'failed' : 'waiting' } as Pending);
	}
	return items.sort((a, b) => a.written.localeCompare(b.written));
}
