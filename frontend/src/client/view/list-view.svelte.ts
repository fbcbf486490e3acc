import type { Session } from '../connection/session.svelte';
import { isUrgent, type Item } from '../log/messages.svelte';
import type { Note } from '../log/missed.svelte';
import { channelTopic, isIn, isOf, topicChannel, type Channel } from './channels';
import { Rows, type Row, type Since } from './rows';

// A message shown for less than this does not count as read.
const GLANCE = 400;
// Presses within this time after the list moved were meant for what was there before. In a list that moves all the time
// there is still a moment for one.
const SETTLES = 400;

/** State of the message list: the channel that is shown, its rows, and which messages were seen. */
export class ListView {
	channel = $state<Channel>('all');
	/** The list follows its end. */
	following = $state(true);
	/** The list has to begin at this message, the first one here that is not read. */
	fresh = $state.raw<Item>();
	/** Urgent messages that came while they were not on the screen. */
	urgent = $state.raw<readonly Item[]>([]);
	/** Unacknowledged messages on the screen: they need no strip. */
	answerable = $state.raw<ReadonlySet<number>>(new Set());
	readonly #session: Session;
	readonly #rows: Rows;
	#begun: number | undefined;
	#hidden = false;
	/** Whether the page has the focus and nothing covers its list. */
	inFront: () => boolean = () => true;
	/** The list moved by itself just now: a press was meant for what was there before. */
	settling = $state(false);
	#settles: ReturnType<typeof setTimeout> | undefined;
	readonly #visible = new Map<number, Item>();
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(session: Session) {
		this.#session = session;
		this.#rows = new Rows(session);
		this.urgent = session.messages.unread.filter(isUrgent);
		this.#begin();
	}

	/** The list moved by itself: other rows are under a finger. */
	moved(): void {
		this.settling = true;
		clearTimeout(this.#settles);
		this.#settles = setTimeout(() => (this.settling = false), SETTLES);
	}

	/** The rows of the channel, oldest first; unsent messages at the end. */
	readonly rows: readonly Row[] = $derived.by(() => this.#rows.of(this.channel));

	/** Unread messages that count for a channel: those to everyone only for "all". */
	unread(channel: Channel): readonly Item[] {
		return this.#session.messages.unread.filter(({ message }) => isOf(channel, message.audience, message.topic));
	}

	/** How many messages are unread, as a number; with "+" while a recovery has left out more of them. */
	count(unread: readonly Item[]): string {
		const { missed, older } = this.#session.log;
		const { note } = missed;
		const more =
			note?.more === 'held' && older.floor('all') > note.after + 1 && unread.some((item) => item.missed === note.batch);
		return `${unread.length}${more ? '+' : ''}`;
	}

	/** Unread messages that are shown here. */
	readonly unreadHere: readonly Item[] = $derived.by(() =>
		this.#session.messages.unread.filter((item) => this.shows(item)),
	);

	/** Unread messages that are shown in other channels only. */
	readonly unreadElsewhere: readonly Item[] = $derived.by(() =>
		this.#session.messages.unread.filter((item) => !this.shows(item)),
	);

	/** The last own message that the operator has seen. */
	readonly lastSeen: Item | undefined = $derived.by(() => {
		const { seen, messages } = this.#session;
		if (seen === 0) return undefined;
		return messages.items.findLast(({ own, era, message }) => own && era === messages.era && message.seq <= seen);
	});

	/** Goes to a channel: to its end, or to the first message there that is not read. */
	show(channel: Channel): void {
		this.channel = channel;
		this.following = true;
		this.#begin();
		this.#session.messages.reading = !this.following;
		this.#look();
	}

	/** Whether the channel shows a message. */
	shows({ message }: Item): boolean {
		return isIn(this.channel, message.audience, message.topic);
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
		if (!hidden && this.following) this.#begin();
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

	/**
	 * A recovery is complete: its messages are unread. The list shows where they begin, or if more was missed than came,
	 * their end: then the newest count.
	 */
	returned(items: readonly Item[], note: Note | undefined): void {
		const here = note !== undefined && items.some((item) => this.shows(item));
		const left = note?.more === 'held';
		if (here) this.follow(left);
		const { acks } = this.#session.log;
		this.#unseen(
			items.filter((item) => (!this.#sees(item) || (here && left)) && acks.of(item.message.seq).at !== 'done'),
		);
	}

	/** Older messages that were missed were loaded. */
	loaded(items: readonly Item[]): void {
		this.#unseen(items.filter((item) => !this.#sees(item)));
	}

	/** Messages that wait for this person were fetched by themselves: they are above what the list shows. */
	fetched(items: readonly Item[]): void {
		for (const item of items) this.forget(item.message.seq);
		this.#unseen(items);
	}

	#unseen(items: readonly Item[]): void {
		this.#session.messages.markUnread(...items);
		this.urgent = [...this.urgent, ...items.filter(isUrgent)];
	}

	/** Whether the list has still to scroll to this separator: once per recovery. */
	begin({ note }: Since): boolean {
		const first = this.#begun !== note.batch;
		this.#begun = note.batch;
		return first && note.more !== 'held';
	}

	/** An urgent message was seen. */
	seen(item: Item): void {
		this.urgent = this.urgent.filter((other) => other !== item);
		this.#session.log.read((other) => other === item);
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
			this.#session.log.read((item) => shown.has(item));
			if (this.urgent.some((item) => shown.has(item))) this.urgent = this.urgent.filter((item) => !shown.has(item));
		}, GLANCE);
	}

	/** Where something here is not read, the list begins there and not at its end; of a long absence the newest come first. */
	#begin(): void {
		const { note } = this.#session.log.missed;
		this.fresh = this.unreadHere.find(({ missed }) => note?.more !== 'held' || missed !== note.batch);
		if (this.fresh) this.following = false;
	}

	#sees(item: Item): boolean {
		return !this.#hidden && this.following && this.shows(item);
	}

	#look(): void {
		if (this.#hidden || !this.following) return;
		this.#session.log.read((item) => this.#sees(item));
		this.urgent = this.urgent.filter((item) => !this.#sees(item));
	}
}
