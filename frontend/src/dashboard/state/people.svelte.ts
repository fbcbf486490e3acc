import { untrack } from 'svelte';
import { displayName, fold } from '../../lib/people';
import type { Away, ClientInfo, ClientsAnswer, Operator } from '../operator/operator';
import { merge } from './merge';
import { absent, gather, order, type Person, type SortBy } from './person';
import { Puller } from './puller';

/** The list is pulled at most this often; a burst of arrivals is one pull. */
const PULL_EVERY = 300;
/** How often the figures of the people in sight are pulled. */
const REFRESH_EVERY = 5_000;
/** How often the whole list is pulled where it is sorted by figures that come with no event. */
const RESORT_EVERY = 10_000;
/** From this many arrivals on, sorting is a task of its own. */
const MANY = 1_000;
/** Names remembered of people who have gone. */
const NAMES = 20_000;

/** The people who are here: one for each user_id, whatever number of connections they have. */
export class People {
	/** Those who match the search, in order: who is here, then who is away. */
	shown = $state.raw<readonly Person[]>([]);
	/** How many people are here. */
	total = $state(0);
	/** Who belongs to the room and is not connected, in the order of the list. */
	away = $state.raw<readonly Person[]>([]);
	/** How many are away in all: the list has those who were here last, and more when asked. */
	awayTotal = $state(0);
	sortBy = $state<SortBy>('name');
	words = $state('');
	/** Machines that did not say who is there. */
	missing = $state.raw<readonly string[]>([]);
	/** Whose details are open. */
	chosen = $state('');
	/** Whose row is to be shown and focused by the list. */
	wanted = $state('');

	#conns = new Map<number, ClientInfo>();
	/** The connections of each person, in the order in which they came. */
	#connsOf = new Map<string, Set<number>>();
	#people = new Map<string, Person>();
	#sorted: Person[] = [];
	#names = new Map<string, string>();
	#rev = 0;
	#awayRev = 0;
	#absent: readonly Person[] = [];
	/** The next page of those who are away, while it is on its way. */
	#page: Promise<void> | undefined;
	/** How many belong to each topic, and under '' to everyone, and how many of them are away: as the server counts. */
	#members = $state.raw<Readonly<Record<string, number>>>({});
	#awayMembers = $state.raw<Readonly<Record<string, number>>>({});
	/** Rises with each name that is learnt. */
	#named = $state(0);
	#inSight: readonly Person[] = [];
	#pull = new Puller(() => this.#load(), PULL_EVERY);
	#lastWhole = 0;

	constructor(private readonly operator: Pick<Operator, 'clients'>) {}

	/** Begins to refresh the figures of those in sight; the returned function ends it. */
	start(): () => void {
		const timer = setInterval(() => void this.#refresh().catch(() => undefined), REFRESH_EVERY);
		return () => {
			clearInterval(timer);
			this.#pull.stop();
		};
	}

	/** Pulls what changed since the revision that is known. */
	pull(): void {
		this.#pull.ask();
	}

	/** An event names the revisions of who is here and who is away: pulls where one is another. */
	onrevision(rev: number, awayRev: number): void {
		if (rev !== this.#rev || awayRev !== this.#awayRev) this.#pull.ask();
	}

	/** Forgets the revision (another server, another connection): the next pull brings the whole list. */
	restart(): void {
		this.#rev = this.#awayRev = 0;
		this.#pull.ask();
	}

	/** How many people a message to a topic, or without one to everyone, would be sent to, and how many of them are away. */
	membersOf(topic = ''): { all: number; away: number } {
		const all = this.#members[topic] ?? 0;
		return { all, away: Math.min(all, this.#awayMembers[topic] ?? 0) };
	}

	/** The person who is here under this id. */
	get(userID: string): Person | undefined {
		void this.shown;
		return this.#people.get(userID);
	}

	/** The person of this id, here or away. */
	find(userID: string): Person | undefined {
		return this.get(userID) ?? this.away.find((person) => person.user_id === userID);
	}

	/** Opens a person's details in the list, whatever was searched for there. */
	open(userID: string): void {
		this.search('');
		this.chosen = this.wanted = userID;
	}

	/** Everybody who belongs to the room, whatever the search: who is here, then who is away. */
	everybody(): readonly Person[] {
		void this.shown;
		return [...this.#sorted, ...this.away];
	}

	/** Display name of a user_id, also after the person left. */
	nameOf(userID: string): string {
		return displayName(userID, this.knownName(userID));
	}

	/** The name that a user_id gave, also after the person left; '' where none is known. */
	knownName(userID: string): string {
		void [this.shown, this.#named];
		return this.#people.get(userID)?.name || this.#names.get(userID) || '';
	}

	/** Remembers the name of a message's sender, for after they left. */
	remember(userID: string | undefined, name: string): void {
		if (!userID || !name || this.#names.get(userID) === name) return;
		if (this.#names.size >= NAMES) this.#names.delete(this.#names.keys().next().value!);
		this.#names.set(userID, name);
		this.#named++;
	}

	search(words: string): void {
		this.words = words;
		this.#show();
	}

	sort(by: SortBy): void {
		this.sortBy = by;
		this.#sorted = [...this.#people.values()].sort(order(by));
		this.#sortAway();
		this.#show();
	}

	/** People, here or away, whose name or id holds these words, those first in whose name a word begins with them. */
	matching(words: string, limit: number): Person[] {
		const wanted = fold(words.trim());
		const begins: Person[] = [];
		const holds: Person[] = [];
		for (const person of [...this.#sorted, ...this.away]) {
			if (begins.length === limit) break;
			const name = ` ${fold(person.label)}`;
			if (name.includes(` ${wanted}`)) begins.push(person);
			else if (holds.length < limit && `${name} ${fold(person.user_id)}`.includes(wanted)) holds.push(person);
		}
		return [...begins, ...holds].slice(0, limit);
	}

	/** Sets the people on the screen: only their figures are refreshed. */
	see(people: readonly Person[]): void {
		this.#inSight = people;
	}

	/** Asks for the next page of those who are away. Whoever asks meanwhile waits for the same page. */
	moreAway(): Promise<void> {
		return (this.#page ??= this.#nextPage().finally(() => (this.#page = undefined)));
	}

	async #nextPage(): Promise<void> {
		const answer = await this.operator.clients(this.#rev, undefined, this.#awayRev, this.#absent.length);
		const same = answer.away_rev === this.#awayRev;
		this.#rev = answer.rev;
		this.apply({ ...answer, away: null });
		if (!same || !answer.away) return this.#pull.ask(); // the list is another by now
		this.#absent = [...this.#absent, ...answer.away.map(absent)];
		this.#sortAway();
		this.#show();
	}

	/** Has people found who were away for longer than the list has loaded: a picker calls it once somebody looks for a name. */
	lookFurther(): void {
		untrack(() => {
			// Where it fails, those that are loaded are found.
			if (this.#absent.length < this.awayTotal) void this.wholeAway().catch(() => undefined);
		});
	}

	/** Asks for all who are away, a page after the other; a list that changes meanwhile ends it, as a lost connection does. */
	async wholeAway(): Promise<void> {
		for (let had = -1; had < this.#absent.length && this.#absent.length < this.awayTotal;) {
			had = this.#absent.length;
			await this.moreAway();
		}
	}

	async #load(): Promise<void> {
		const answer = await this.operator.clients(this.#rev, undefined, this.#awayRev);
		// Parsing thousands took long already: yield to the browser before sorting.
		if (answer.clients.length > MANY) await new Promise((next) => setTimeout(next));
		this.#rev = answer.rev;
		this.missing = answer.missing ?? [];
		this.apply(answer);
	}

	async #refresh(): Promise<void> {
		if (document.hidden || this.#people.size === 0) return;
		const bySent = this.sortBy === 'heard' || this.sortBy === 'messages' || this.sortBy === 'rtt';
		if (bySent && Date.now() - this.#lastWhole > RESORT_EVERY) {
			this.#lastWhole = Date.now();
			const whole = await this.operator.clients(0, undefined, this.#awayRev);
			this.#rev = whole.rev;
			return this.apply(whole);
		}
		const conns = this.#inSight.flatMap((person) => person.conns.map((info) => info.conn));
		if (conns.length === 0) return;
		const { clients } = await this.operator.clients(0, conns);
		// People who left while this was on its way stay gone.
		const here = clients.filter(({ conn }) => this.#conns.has(conn));
		this.apply({
			rev: this.#rev,
			full: false,
			clients: here,
			gone: [],
			away: null,
			away_rev: this.#awayRev,
			away_total: 0,
			members: null,
			away_members: null,
		});
	}

	/** Applies changes; people whose connections did not change stay the same objects. */
	apply({ full, clients, gone, away, away_rev, away_total, members, away_members }: ClientsAnswer): void {
		this.#members = members ?? this.#members;
		this.#awayMembers = away_members ?? this.#awayMembers;
		const touched = new Set<string>();
		if (full) {
			const here = new Set(clients.map(({ conn }) => conn));
			for (const conn of this.#conns.keys()) if (!here.has(conn)) this.#drop(conn, touched);
		}
		for (const conn of gone) this.#drop(conn, touched);
		for (const info of clients) {
			const old = this.#conns.get(info.conn);
			if (old && old.user_id !== info.user_id) this.#drop(info.conn, touched);
			touched.add(info.user_id);
			this.#conns.set(info.conn, info);
			this.#addConnection(info);
			this.remember(info.user_id, info.name);
		}
		if (away) {
			this.awayTotal = away_total;
			this.#leave(away, away_rev);
		}
		if (touched.size > 0) this.#regather(touched);
		else if (away) this.#show();
	}

	#leave(away: readonly Away[], rev: number): void {
		this.#awayRev = rev;
		const before = new Map(this.#absent.map((person) => [person.user_id, person]));
		this.#absent = away.map((one) => {
			this.remember(one.user_id, one.name);
			const old = before.get(one.user_id);
			const same = old?.away === one.seen && old.name === one.name && old.topics.join() === one.topics.join();
			return same ? old : absent(one);
		});
		this.#sortAway();
	}

	// People who came back meanwhile are here, whatever the older list says.
	#sortAway(): void {
		const by = this.sortBy === 'name' ? 'name' : 'since';
		this.away = this.#absent.filter(({ user_id }) => !this.#people.has(user_id)).sort(order(by));
	}

	#addConnection({ user_id, conn }: ClientInfo): void {
		const conns = this.#connsOf.get(user_id);
		if (conns) conns.add(conn);
		else this.#connsOf.set(user_id, new Set([conn]));
	}

	#drop(conn: number, touched: Set<string>): void {
		const info = this.#conns.get(conn);
		if (!info) return;
		touched.add(info.user_id);
		this.#conns.delete(conn);
		const conns = this.#connsOf.get(info.user_id);
		conns?.delete(conn);
		if (conns?.size === 0) this.#connsOf.delete(info.user_id);
	}

	#gathered(userID: string): Person | undefined {
		const conns = this.#connsOf.get(userID);
		return conns && gather([...conns].map((conn) => this.#conns.get(conn)!));
	}

	#regather(touched: Set<string>): void {
		const fresh: Person[] = [];
		for (const userID of touched) {
			const now = this.#gathered(userID);
			if (now) {
				this.#people.set(userID, now);
				fresh.push(now);
			} else this.#people.delete(userID);
		}
		this.total = this.#people.size;
		// Unchanged people are sorted already: only the others are sorted, and merged in.
		const stayed = this.#sorted.filter(({ user_id }) => !touched.has(user_id));
		const compare = order(this.sortBy);
		this.#sorted = merge(stayed, fresh.sort(compare), compare);
		if (this.#absent.length > 0) this.#sortAway();
		this.#show();
	}

	#show(): void {
		const all = this.away.length > 0 ? [...this.#sorted, ...this.away] : this.#sorted;
		this.shown = this.words.trim() ? all.filter(finder(this.words)) : all;
	}
}

function finder(words: string): (person: Person) => boolean {
	const wanted = fold(words).split(/\s+/).filter(Boolean);
	return (person) => wanted.every((word) => person.searched().includes(word));
}
