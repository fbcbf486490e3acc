import type { Pending } from '../connection/outbox.svelte';
import type { Session } from '../connection/session.svelte';
import { ownKey, type Item } from '../log/messages.svelte';
import type { Note } from '../log/missed.svelte';
import { isIn, channelTopic, topicChannel, type Channel } from './channels';

/** The heading above the first message of a day. */
export interface Day {
	key: string;
	time: string;
}

/** A line across the list: what was missed begins below it. */
export interface Since {
	key: string;
	note: Note;
	/** The first message below it. */
	first: Item;
}

/** One row of the list: a message, an own one that is not sent yet, a day, or where a return began. */
export type Row = Item | Pending | Day | Since;

export const isItem = (row: Row): row is Item => 'message' in row;
export const isPending = (row: Row): row is Pending => 'text' in row;
export const isSince = (row: Row): row is Since => 'note' in row;

/** Key of a row: it stays the same when an own message goes from "Sending" to "Sent". */
export const rowKey = (row: Row): string => (isPending(row) ? ownKey(row.id) : row.key);

// A message shown for less than this does not count as read.
const GLANCE = 400;

/** State of the message list: the channel that is shown, its rows, and which messages were seen. */
export class ListView {
	channel = $state<Channel>('all');
	/** The list follows its end. */
	following = $state(true);
	/** Urgent messages that came while they were not on the screen. */
	urgent = $state.raw<readonly Item[]>([]);
	/** Unacknowledged messages on the screen: they need no strip. */
	answerable = $state.raw<ReadonlySet<number>>(new Set());
	readonly #session: Session;
	readonly #days = new Map<string, Day>();
	#mark: Since | undefined;
	#begun: Note | undefined;
	#hidden = false;
	/** Whether the page has the focus and nothing covers its list. */
	inFront: () => boolean = () => true;
	readonly #visible = new Map<number, Item>();
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(session: Session) {
		this.#session = session;
	}

	/** The rows of the channel, oldest first; unsent messages at the end. */
	readonly rows: readonly Row[] = $derived.by(() => this.#rows());

	/** Unread messages in a channel. */
	unread(channel: Channel): number {
		return this.#session.messages.unread.filter(({ message }) => isIn(channel, message.audience, message.topic)).length;
	}

	/** Unread messages in all other channels. */
	readonly unreadElsewhere: number = $derived.by(
		() => this.#session.messages.unread.length - this.unread(this.channel),
	);

	show(channel: Channel): void {
		this.channel = channel;
		this.following = true;
		this.#session.messages.reading = false;
		this.#look();
	}

	/** Switches to a channel that shows the message, unless this one does. */
	showMessage({ message }: Item): void {
		if (!isIn(this.channel, message.audience, message.topic)) this.show('all');
	}

	/** The list was scrolled to its end, or away from it. */
	follow(following: boolean): void {
		if (following === this.following) return;
		this.following = following;
		this.#session.messages.reading = !following;
		this.#look();
	}

	/** The page went to the background, or is back. */
	hide(hidden: boolean): void {
		this.#hidden = hidden;
		this.#look();
	}

	/** The page may have come to the front. */
	look(): void {
		this.#soon();
	}

	/** A message came onto the screen, or left it. */
	onScreen(item: Item, is: boolean): void {
		const { seq } = item.message;
		if (is) this.#visible.set(seq, item);
		else this.#visible.delete(seq);
		if (item.message.ack !== undefined && this.answerable.has(seq) !== is) {
			this.answerable = new Set(
				[...this.#visible.values()].filter(({ message }) => message.ack).map(({ message }) => message.seq),
			);
		}
		if (is) this.#soon();
	}

	/** Another list: nothing of it is on the screen yet. */
	clearScreen(): void {
		this.#visible.clear();
		this.answerable = new Set();
	}

	/** A new message of somebody else: on the screen, or unread. */
	arrived(item: Item): void {
		if (this.#sees(item)) return;
		this.#session.messages.markUnread(item);
		if (isUrgent(item)) this.urgent = [...this.urgent, item];
	}

	/** A recovery is complete: its messages are unread, and the list shows where they begin. */
	returned(items: readonly Item[], marked: boolean): void {
		if (marked) this.follow(false);
		const unseen = items.filter((item) => !this.#sees(item));
		this.#session.messages.markUnread(...unseen);
		this.urgent = [...this.urgent, ...unseen.filter(isUrgent)];
	}

	/** Whether the list has still to scroll to this separator: once per recovery. */
	begin({ note }: Since): boolean {
		const first = this.#begun !== note;
		this.#begun = note;
		return first;
	}

	/** An urgent message was seen. */
	seen(item: Item): void {
		this.urgent = this.urgent.filter((other) => other !== item);
		this.#session.messages.markRead((other) => other === item);
	}

	/** A message was withdrawn: nothing points at it any more. */
	forget(seq: number): void {
		this.urgent = this.urgent.filter((item) => item.message.seq !== seq);
	}

	/** Leaves a topic, and its view with it. */
	part(topic: string): void {
		this.#session.topics.part(topic);
		if (this.channel === topicChannel(topic)) this.show('all');
	}

	/** The topic that is shown, if the channel is one and exists. */
	get topic(): string | undefined {
		return channelTopic(this.channel);
	}

	// Messages that only scroll by are not read.
	#soon(): void {
		this.#timer ??= setTimeout(() => {
			this.#timer = undefined;
			if (this.#hidden || !this.inFront()) return;
			const shown = new Set([...this.#visible.values()]);
			for (const item of shown) this.#session.log.shown(item);
			this.#session.messages.markRead((item) => shown.has(item));
		}, GLANCE);
	}

	#rows(): Row[] {
		const { messages, outbox, topics, log } = this.#session;
		const floor = log.older.floor(this.channel);
		const note = log.missed.note;
		let marked = note === undefined;
		const rows: Row[] = [];
		let day = '';
		// A clock that was set back makes a day come twice; it has one heading.
		const begun = new Set<string>();
		const put = (row: Item | Pending, on: string, time: string) => {
			if (!begun.has(on)) rows.push(this.#day(on, time));
			begun.add((day = on));
			rows.push(row);
		};
		for (const item of messages.items) {
			const { message } = item;
			if (message.seq < floor || !isIn(this.channel, message.audience, message.topic)) continue;
			if (!marked && item.missed === note!.batch) {
				rows.push(this.#since(note!, item));
				marked = true;
			}
			put(item, item.day, message.time);
		}
		for (const pending of outbox.items) {
			const open = pending.topic !== undefined && !topics.isAnnounce(pending.topic);
			if (!isIn(this.channel, open ? 'topic' : 'private', pending.topic)) continue;
			// By the phone's clock, which may be behind the server's.
			const on = new Date(pending.written).toDateString();
			put(pending, day === '' || Date.parse(on) > Date.parse(day) ? on : day, pending.written);
		}
		return rows;
	}

	/** The same heading for the same day each time: a row that is a new object is drawn anew. */
	#day(on: string, time: string): Day {
		const known = this.#days.get(on) ?? { key: `day:${on}`, time };
		this.#days.set(on, known);
		return known;
	}

	#since(note: Note, first: Item): Since {
		if (this.#mark?.note !== note || this.#mark.first !== first)
			this.#mark = { key: `since:${note.batch}`, note, first };
		return this.#mark;
	}

	#sees({ message }: Item): boolean {
		return !this.#hidden && this.following && isIn(this.channel, message.audience, message.topic);
	}

	#look(): void {
		if (this.#hidden || !this.following) return;
		this.#session.messages.markRead((item) => this.#sees(item));
		this.urgent = this.urgent.filter((item) => !this.#sees(item));
	}
}

/** Priority 5: it looks urgent and sounds so. */
export const isUrgent = ({ message }: Item): boolean => message.priority === 5;
/** Priority 4. */
export const isImportant = ({ message }: Item): boolean => message.priority === 4;
