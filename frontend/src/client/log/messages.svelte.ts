import type { Message } from '../../lib/protocol';

/** One message in the list. key stays the same from "Sending" to "Sent", so that the row does. */
export interface Item {
	key: string;
	/** Counts the logs: seqs of a new log begin at one again. */
	era: number;
	message: Message;
	own: boolean;
	/** The day it was sent, for comparing; worked out once, a list of thousands asks for it often. */
	day: string;
	/** When it was written, for an own message that could only be sent later. */
	written?: string;
	/** In which recovery it came, if it did: the page was away when it was sent. */
	missed?: number;
	/** The operator took it back; its text is gone. */
	withdrawn?: true;
}

/** What the page knows about a message beyond the frame. */
export type About = Pick<Item, 'written' | 'missed'>;

const KEPT = 2_000;
// While somebody reads older messages none are dropped, up to this many.
const KEPT_AT_MOST = 4_000;
// Old messages are dropped in batches: each drop moves the whole list.
const BATCH = 100;
// Rendering is batched: 1,000 messages drawn one by one took a phone many seconds.
const PACE = 80;

/** The messages in the page, in the log's order, each once. */
export class Messages {
	/** What is drawn: at most PACE ms behind what has come. */
	items = $state.raw<readonly Item[]>([]);
	/** Unread messages. */
	unread = $state.raw<readonly Item[]>([]);
	/** While true, older messages stay although there are many. */
	reading = false;
	/** Rendering is paused: more is coming at once. */
	#paused = false;
	era = 0;
	/** Called when the oldest are dropped: nothing before from is left. */
	ontrim: (from: number, gone: readonly Item[]) => void = () => {};
	#all: Item[] = [];
	#drawn = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	readonly #seen = new Map<string, Item>();
	readonly #keys = new Set<string>();
	/** The last seq of this log that was dropped. */
	#gone = 0;

	/** Inserts a message by its seq; undefined for a duplicate. */
	add(message: Message, own: boolean, about: About = {}): Item | undefined {
		const id = this.#id(this.era, message.seq);
		if (message.seq <= this.#gone || this.#seen.has(id)) return undefined;
		// An id that was taken by two logs, one after the other, must not be one key twice.
		const mine = own && message.id ? ownKey(message.id) : id;
		const key = this.#keys.has(mine) ? id : mine;
		this.#keys.add(key);
		const day = new Date(message.time).toDateString();
		const item: Item = { key, era: this.era, message, own, day, ...about };
		this.#seen.set(id, item);
		this.#insert(item);
		this.#trim();
		this.#draw(own);
		return item;
	}

	/** Inserts older messages, which were dropped or never loaded. */
	addOlder(
		messages: readonly Message[],
		isOwn: (message: Message) => boolean,
		about: (message: Message) => About,
	): Item[] {
		const first = messages[0]?.seq ?? Infinity;
		this.#gone = Math.min(this.#gone, first - 1);
		const items = messages.map((message) => this.add(message, isOwn(message), about(message)));
		this.#draw(true);
		return items.filter((item) => item !== undefined);
	}

	/** All messages, rendered or not. */
	get all(): readonly Item[] {
		return this.#all;
	}

	/** The limit is reached: no older ones are loaded. */
	get isFull(): boolean {
		return this.items.length >= KEPT_AT_MOST - BATCH * 2;
	}

	/** The message of a seq, if it is loaded. */
	find(era: number, seq: number): Item | undefined {
		// A reactive read, so that components showing the message see its withdrawal.
		void this.items;
		return this.#seen.get(this.#id(era, seq));
	}

	/** Erases the text of a message that was withdrawn; gives what it was. */
	withdraw(seq: number): Item | undefined {
		const id = this.#id(this.era, seq);
		const item = this.#seen.get(id);
		if (!item || item.withdrawn) return undefined;
		const { title: _title, ack: _ack, priority: _priority, tags: _tags, click: _click, ...rest } = item.message;
		const empty: Item = { ...item, message: { ...rest, message: '' }, withdrawn: true };
		this.#seen.set(id, empty);
		this.#all = this.#all.map((other) => (other === item ? empty : other));
		this.markRead((other) => other === item);
		this.#draw(true);
		return item;
	}

	/** Drops everything before a seq of this log but what is kept, and everything of other logs. */
	dropBefore(from: number, kept: ReadonlySet<number> = new Set()): void {
		this.#drop(this.#all.filter(({ era, message: { seq } }) => era !== this.era || (seq < from && !kept.has(seq))));
		this.#gone = Math.max(this.#gone, from - 1);
		this.#draw(true);
	}

	markUnread(...items: Item[]): void {
		this.unread = [...this.unread, ...items];
	}

	markRead(isRead: (item: Item) => boolean): void {
		if (this.unread.some(isRead)) this.unread = this.unread.filter((item) => !isRead(item));
	}

	clear(): void {
		this.#all = [];
		this.#draw(true);
		this.unread = [];
		this.#seen.clear();
		this.#keys.clear();
		this.era++;
		this.#gone = 0;
	}

	#id(era: number, seq: number): string {
		return `${era}:${seq}`;
	}

	#insert(item: Item): void {
		let at = this.#all.length;
		while (at > 0 && after(this.#all[at - 1]!, item)) at--;
		this.#all.splice(at, 0, item);
	}

	#trim(): void {
		if (this.#all.length < (this.reading ? KEPT_AT_MOST : KEPT + BATCH)) return;
		const gone = this.#all.slice(0, -KEPT);
		this.#drop(gone);
		this.#gone = gone.at(-1)!.message.seq;
		this.ontrim(this.#gone + 1, gone);
	}

	#drop(gone: readonly Item[]): void {
		const dropped = new Set(gone);
		this.#all = this.#all.filter((item) => !dropped.has(item));
		for (const item of gone) {
			this.#seen.delete(this.#id(item.era, item.message.seq));
			this.#keys.delete(item.key);
		}
		this.markRead((item) => dropped.has(item));
	}

	/** Pauses rendering of others' messages: a recovery is rendered as a whole. */
	pauseRendering(paused: boolean): void {
		this.#paused = paused;
		if (!paused) this.#draw(true);
	}

	/** Own messages are rendered at once: their row goes from "Sending" to "Sent" and must not vanish in between. */
	#draw(now: boolean): void {
		if (this.#paused && !now) return;
		const wait = this.#drawn + PACE - Date.now();
		if (!now && wait > 0) {
			this.#timer ??= setTimeout(() => this.#draw(true), wait);
			return;
		}
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#drawn = Date.now();
		this.items = [...this.#all];
	}
}

/** The key of an own message, sent or not. */
export const ownKey = (id: string): string => `own:${id}`;

function after(a: Item, b: Item): boolean {
	return a.era === b.era ? a.message.seq > b.message.seq : a.era > b.era;
}

/** Priority 5: it looks urgent and sounds so. */
export const isUrgent = ({ message }: Item): boolean => message.priority === 5;
/** Priority 4. */
export const isImportant = ({ message }: Item): boolean => message.priority === 4;
