import type { Message } from '../../lib/protocol';
import type { Store } from '../../lib/storage';
import type { Item } from './messages.svelte';
import type { KeptStream } from './receipts';

/** A stored message, with the time of its acknowledgement or, if it was sent late, of its writing. */
export interface KeptMessage {
	message: Message;
	written?: string;
	acked?: string;
}

/** Snapshot of the page's log, shown at once after a reload. Consistent: all of it is of one moment. */
export interface Snapshot {
	user_id: string;
	epoch: string;
	since: number;
	/** The seq at which this person first came in. */
	from: number;
	floors: Record<string, number>;
	streams: Record<string, KeptStream>;
	/** Earlier messages that ask this person all the same: another of their devices was here. */
	asked: readonly number[];
	/** Urgent messages that were put off. */
	later: readonly number[];
	/** Messages that were not read yet. */
	unread: readonly number[];
	messages: KeptMessage[];
}

const KEY = 'kept';
const MOST = 300;
// Storage is a few megabytes for everything on this host.
const MOST_LETTERS = 300_000;
const DEBOUNCE = 1_000;

/** Stores the snapshot: newest messages and cursor. It is written as a whole or not at all. */
export class SnapshotStore {
	readonly #store: Store;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#take: (() => Snapshot | undefined) | undefined;

	constructor(store: Store) {
		this.#store = store;
	}

	/** The stored snapshot of this person; undefined where it cannot be used. */
	load(user_id: string): Snapshot | undefined {
		const stored = (this.#store.get(KEY) ?? {}) as Partial<Snapshot>;
		const whole =
			stored.user_id === user_id &&
			typeof stored.epoch === 'string' &&
			typeof stored.since === 'number' &&
			Array.isArray(stored.messages) &&
			Array.isArray(stored.later);
		return whole ? ({ from: 0, floors: {}, streams: {}, unread: [], asked: [], ...stored } as Snapshot) : undefined;
	}

	/** The stored snapshot without its messages, for another machine of the room: what was not read is sent there again. */
	light(user_id: string): Snapshot | undefined {
		const whole = this.load(user_id);
		if (!whole) return undefined;
		const since = Math.min(whole.since, ...whole.unread.map((seq) => seq - 1));
		return { ...whole, since, floors: {}, messages: [], unread: [] };
	}

	/** Stores a snapshot from another machine, unless this one was there later. */
	take(kept: object, user_id: string): void {
		const before = this.load(user_id);
		const { epoch, since } = kept as Partial<Snapshot>;
		if (before && (before.epoch !== epoch || before.since >= (since ?? 0))) return;
		this.#store.set(KEY, { ...kept, user_id });
	}

	/** Schedules a write of what take returns by then. */
	soon(take: () => Snapshot | undefined): void {
		this.#take = take;
		this.#timer ??= setTimeout(() => this.flush(), DEBOUNCE);
	}

	/** Writes a scheduled snapshot now: the page may be gone the next moment. */
	flush(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const snapshot = this.#take?.();
		this.#take = undefined;
		if (snapshot) this.#store.set(KEY, snapshot);
	}

	clear(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#take = undefined;
		this.#store.remove(KEY);
	}
}

/** The newest items that fit, and the first seq from which none was left out. */
export function newest(items: readonly Item[], floor: number): { items: Item[]; floor: number } {
	const fitting: Item[] = [];
	let letters = 0;
	for (let at = items.length - 1; at >= 0; at--) {
		const item = items[at]!;
		letters += item.message.message.length + 200;
		if (fitting.length === MOST || letters > MOST_LETTERS) {
			return { items: fitting.reverse(), floor: Math.max(floor, item.message.seq + 1) };
		}
		// Withdrawn messages are not stored.
		if (!item.withdrawn) fitting.push(item);
	}
	return { items: fitting.reverse(), floor };
}
