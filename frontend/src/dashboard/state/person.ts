import { displayName, fold } from '../../lib/people';
import type { Away, ClientInfo } from '../operator/operator';

/** How the list of people may be ordered. */
export type SortBy = 'name' | 'since' | 'heard' | 'messages' | 'rtt';

/** One person in the room. Immutable: a row is rendered again when its person is another object. */
export interface Person {
	user_id: string;
	/** "" where none was given. */
	name: string;
	/** Display name. */
	label: string;
	conns: readonly ClientInfo[];
	/** Of all their connections, sorted; none: they are no subscriber. */
	topics: readonly string[];
	/** The oldest connection's. */
	since: string;
	/** Last heard on any connection. */
	heard: string;
	messages: number;
	/** The best round trip; -1: not measured yet. */
	rtt: number;
	/** "Android, Chrome", and how many more devices. */
	device: string;
	address: string;
	/** When they were last connected, of somebody who belongs to the room and is away; "" while they are here. */
	away: string;
	/** Reads, but cannot write; of somebody who is away it is not known here. */
	muted: boolean;
	/** Nobody has shown a token: others can say this id as well, so what is written to them may be lost. */
	unproved: boolean;
	/** Folded, for the search. */
	searched: () => string;
	sortName: string;
}

/** A person from their connections; the newest gives name, device and address. */
export function gather(conns: readonly ClientInfo[]): Person {
	if (conns.length === 1) return single(conns[0]!, conns);
	const latest = conns.reduce((a, b) => (b.conn > a.conn ? b : a));
	const name = latest.name || conns.find((info) => info.name)?.name || '';
	const label = displayName(latest.user_id, name);
	const topics = [...new Set(conns.flatMap((info) => info.topics))].sort();
	const measured = conns.map((info) => info.rtt_ms).filter((rtt) => rtt >= 0);
	const devices = conns.map((info) => info.browser);
	const addresses = [...new Set(conns.map((info) => info.address))];
	return {
		user_id: latest.user_id,
		name,
		label,
		conns,
		topics,
		since: conns.map((info) => info.since).reduce((a, b) => (b < a ? b : a)),
		heard: conns.map((info) => info.last_heard).reduce((a, b) => (b > a ? b : a)),
		messages: conns.reduce((sum, info) => sum + info.messages, 0),
		rtt: measured.length > 0 ? Math.min(...measured) : -1,
		device: latest.browser,
		address: latest.address,
		away: '',
		muted: conns.some((info) => info.muted),
		unproved: conns.some((info) => info.unproved),
		searched: searchable([label, latest.user_id, ...addresses, ...devices, ...topics]),
		sortName: sortable(label),
	};
}

// Almost everybody has one device, and there may be ten thousand of them at once.
function single(info: ClientInfo, conns: readonly ClientInfo[]): Person {
	const label = displayName(info.user_id, info.name);
	return {
		user_id: info.user_id,
		name: info.name,
		label,
		conns,
		topics: info.topics,
		since: info.since,
		heard: info.last_heard,
		messages: info.messages,
		rtt: Math.max(-1, info.rtt_ms),
		device: info.browser,
		address: info.address,
		away: '',
		muted: info.muted,
		unproved: info.unproved,
		searched: searchable([label, info.user_id, info.address, info.browser, ...info.topics]),
		sortName: sortable(label),
	};
}

// Folded when somebody searches for the first time: few do, and ten thousand people may come in at once.
function searchable(parts: readonly string[]): () => string {
	let folded: string | undefined;
	return () => (folded ??= fold(parts.join('\n')));
}

// "Guest 9" before "Guest 10".
function sortable(label: string): string {
	return fold(label).replace(/\d+/g, (digits) => digits.padStart(8, '0'));
}

/** A person who is away: they can still be written to. */
export function absent({ user_id, name, seen, topics }: Away): Person {
	const label = displayName(user_id, name);
	return {
		user_id,
		name,
		label,
		conns: [],
		topics,
		since: seen,
		heard: seen,
		messages: 0,
		rtt: -1,
		device: '',
		address: '',
		away: seen,
		muted: false,
		unproved: false,
		searched: searchable([label, user_id, 'away', ...topics]),
		sortName: sortable(label),
	};
}

/** Compares two people for the list; never 0 for two different ones, so that the order is stable. */
export function order(by: SortBy): (a: Person, b: Person) => number {
	const byName = (a: Person, b: Person) => compare(a.sortName, b.sortName) || compare(a.user_id, b.user_id);
	switch (by) {
		case 'name':
			return byName;
		case 'since':
			return (a, b) => compare(b.since, a.since) || byName(a, b);
		case 'heard':
			return (a, b) => compare(b.heard, a.heard) || byName(a, b);
		case 'messages':
			return (a, b) => b.messages - a.messages || byName(a, b);
		case 'rtt':
			return (a, b) => b.rtt - a.rtt || byName(a, b);
	}
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
