import type { Topic } from '../../lib/protocol';
import type { Store } from '../../lib/storage';

/** Something that happened to the room or to this person's topics, as a line among the messages. */
export interface News {
	key: string;
	/** It stands after the message of this seq. */
	after: number;
	at: string;
	/** topic: a new one. added, removed: the operator put this person into one, or took them out of it. */
	kind: 'topic' | 'added' | 'removed' | 'renamed';
	/** The topic, or the room's new name. */
	what: string;
}

interface Kept {
	news: News[];
	topics: string[];
	room: string | undefined;
	next: number;
}

const KEY = 'news';
const MOST = 30;

/**
 * What happened in the room beside its messages. Kept, so that whoever was away sees what is new since, and nobody sees
 * as new what was there when they came.
 */
export class RoomNews {
	list = $state.raw<readonly News[]>([]);
	readonly #store: Store;
	readonly #position: () => number;
	/** The topics that this person has been told of; undefined: none yet. */
	#topics: string[] | undefined;
	#room: string | undefined;
	#next = 0;

	/** position: the seq up to which this page has come. */
	constructor(store: Store, position: () => number) {
		this.#store = store;
		this.#position = position;
		const { news, topics, room, next } = (store.get(KEY) ?? {}) as Partial<Kept>;
		if (Array.isArray(news) && typeof next === 'number') {
			this.list = news;
			this.#next = next;
		}
		if (Array.isArray(topics)) this.#topics = topics;
		if (typeof room === 'string') this.#room = room;
	}

	/** The room's topics now: what was not there before is new, unless this person is in it already. */
	topics(topics: readonly Topic[], isJoined: (topic: string) => boolean): void {
		const open = topics.filter(({ archived }) => !archived).map(({ topic }) => topic);
		const known = this.#topics;
		this.#topics = [...new Set([...(known ?? []), ...open])];
		this.list = this.list.filter(({ kind, what }) => kind === 'renamed' || open.includes(what));
		if (known) for (const topic of open) if (!known.includes(topic) && !isJoined(topic)) this.#add('topic', topic);
		this.#save();
	}

	/** The operator put this person into a topic, or took them out of it. */
	moved(topic: string, isIn: boolean): void {
		this.list = this.list.filter(({ what }) => what !== topic);
		this.#topics = [...new Set([...(this.#topics ?? []), topic])];
		this.#add(isIn ? 'added' : 'removed', topic);
		this.#save();
	}

	/** What the room is called. inside: this person is in it, and is told of another name. */
	called(name: string, inside: boolean): void {
		if (name === this.#room) return;
		if (this.#room !== undefined && name !== '' && inside) this.#add('renamed', name);
		this.#room = name;
		this.#save();
	}

	/** Another log: what was said stood between other messages. */
	restart(): void {
		this.list = [];
		this.#topics = undefined;
		this.#save();
	}

	clear(): void {
		this.list = [];
		this.#topics = undefined;
		this.#store.remove(KEY);
	}

	#add(kind: News['kind'], what: string): void {
		const key = `news:${this.#next++}`;
		const line: News = { key, after: this.#position(), at: new Date().toISOString(), kind, what };
		this.list = [...this.list, line].slice(-MOST);
	}

	#save(): void {
		const kept: Kept = { news: [...this.list], topics: this.#topics ?? [], room: this.#room, next: this.#next };
		this.#store.set(KEY, this.#topics === undefined ? { ...kept, topics: undefined } : kept);
	}
}
