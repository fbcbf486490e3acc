import type { Pending } from '../connection/outbox.svelte';
import type { Session } from '../connection/session.svelte';
import type { News } from '../log/news.svelte';
import { ownKey, type Item } from '../log/messages.svelte';
import type { Note } from '../log/missed.svelte';
import { isIn, type Channel } from './channels';

/** A message in the list. joined: it goes on from the row above, under the same heading. */
export interface Line {
	key: string;
	item: Item;
	joined: boolean;
}

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
	/** How many of them are shown here. */
	here: number;
	/** The first message from which none is missing. */
	from: Item;
	/** There were more than are loaded here. */
	more: Note['more'];
}

/** Below a message that was fetched by itself: others may be missing before the next. */
export interface Gap {
	key: string;
	gap: true;
}

/** One row of the list: a message, an own one that is not sent yet, a day, where a return began, a gap, or an event. */
export type Row = Line | Pending | Day | Since | Gap | News;

export const isLine = (row: Row): row is Line => 'item' in row;
export const isItem = (row: Item | Pending): row is Item => 'message' in row;
export const isPending = (row: Row): row is Pending => 'text' in row;
export const isNews = (row: Row): row is News => 'kind' in row;
export const isGap = (row: Row): row is Gap => 'gap' in row;
export const isSince = (row: Row): row is Since => 'note' in row;

/** Key of a row: it stays the same when an own message goes from "Sending" to "Sent". */
export const rowKey = (row: Row): string => (isPending(row) ? ownKey(row.id) : row.key);

// What one person writes within this time has one heading.
const GROUP = 15 * 60_000;
const MINUTE = 60_000;

/** Makes the rows of a channel. Whatever has not changed is the same object each time: a new one is drawn anew. */
export class Rows {
	readonly #session: Session;
	readonly #days = new Map<string, Day>();
	readonly #lines = new WeakMap<Item, Line>();
	readonly #gaps = new WeakMap<Item, Gap>();
	#mark: Since | undefined;

	constructor(session: Session) {
		this.#session = session;
	}

	/** The rows of a channel, oldest first; unsent messages at the end. */
	of(channel: Channel): Row[] {
		const { messages, log } = this.#session;
		const floor = log.older.floor(channel);
		const items = messages.items.filter(
			({ message: { seq, audience, topic } }) =>
				(seq >= floor || log.outstanding.has(seq)) && isIn(channel, audience, topic),
		);
		const mark = this.#since(log.missed.note, items, floor);
		const rows: Row[] = [];
		// A clock that was set back makes a day come twice; it has one heading.
		const begun = new Set<string>();
		let before: Item | undefined;
		// In what is shown: before that there are holes.
		const news = log.news.list.filter(({ after }) => after >= floor - 1);
		for (const item of items) {
			while (news[0] && news[0].after < item.message.seq) {
				rows.push(news.shift()!);
				before = undefined;
			}
			if (item === mark?.first) {
				rows.push(mark);
				before = undefined;
			}
			if (!begun.has(item.day)) {
				rows.push(this.#day(item.day, item.message.time));
				begun.add(item.day);
				before = undefined;
			}
			rows.push(this.#line(item, before !== undefined && goesOn(before, item)));
			before = item;
			if (item.message.seq < floor) {
				rows.push(this.#gap(item));
				before = undefined;
			}
		}
		rows.push(...news);
		this.#unsent(channel, rows, begun, items.at(-1)?.day ?? '');
		return rows;
	}

	#unsent(channel: Channel, rows: Row[], begun: Set<string>, day: string): void {
		const { outbox, topics } = this.#session;
		for (const pending of outbox.items) {
			const open = pending.topic !== undefined && !topics.isAnnounce(pending.topic);
			if (!isIn(channel, open ? 'topic' : 'private', pending.topic)) continue;
			// By the phone's clock, which may be behind the server's.
			const written = new Date(pending.written).toDateString();
			const on = day === '' || Date.parse(written) > Date.parse(day) ? written : day;
			if (!begun.has(on)) rows.push(this.#day(on, pending.written));
			begun.add((day = on));
			rows.push(pending);
		}
	}

	#line(item: Item, joined: boolean): Line {
		const known = this.#lines.get(item);
		if (known?.joined === joined) return known;
		const line = { key: item.key, item, joined };
		this.#lines.set(item, line);
		return line;
	}

	#day(on: string, time: string): Day {
		const known = this.#days.get(on) ?? { key: `day:${on}`, time };
		this.#days.set(on, known);
		return known;
	}

	#gap(item: Item): Gap {
		const known = this.#gaps.get(item) ?? { key: `gap:${item.key}`, gap: true };
		this.#gaps.set(item, known);
		return known;
	}

	#since(note: Note | undefined, items: readonly Item[], floor: number): Since | undefined {
		const missed = note ? items.filter((item) => item.missed === note.batch) : [];
		const first = missed[0];
		if (!note || !first) return undefined;
		const here = missed.length;
		const from = missed.find(({ message }) => message.seq >= floor) ?? first;
		// What was left out may have been loaded since.
		const more = note.more === 'held' && floor <= note.after + 1 ? undefined : note.more;
		const known = this.#mark;
		if (
			known?.note !== note ||
			known.first !== first ||
			known.here !== here ||
			known.from !== from ||
			known.more !== more
		)
			this.#mark = { key: `since:${note.batch}`, note, first, here, from, more };
		return this.#mark;
	}
}

/** Whether a message is one more of the same person to the same people, shortly after. */
function goesOn(before: Item, item: Item): boolean {
	const [a, b] = [before.message, item.message];
	const same =
		before.own === item.own &&
		before.era === item.era &&
		a.audience === b.audience &&
		a.topic === b.topic &&
		a.from.user_id === b.from.user_id &&
		a.from.name === b.from.name &&
		a.from.operator === b.from.operator &&
		a.from.program === b.from.program;
	if (!same) return false;
	const after = Date.parse(b.time) - Date.parse(a.time);
	if (after < 0 || after > GROUP) return false;
	// Below an own message stands how far it has come, once for those of one minute.
	if (item.own) return sameMinute(a.time, b.time) && !before.written && !item.written;
	return isPlain(before) && isPlain(item);
}

/** Nothing that needs a heading of its own, with its mark, its title, or its question. */
const isPlain = ({ message: { title, priority = 3, ack } }: Item): boolean => !title && priority <= 3 && !ack;

const sameMinute = (a: string, b: string): boolean =>
	Math.floor(Date.parse(a) / MINUTE) === Math.floor(Date.parse(b) / MINUTE);
