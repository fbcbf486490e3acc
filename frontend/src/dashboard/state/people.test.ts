import { vi, expect, test } from 'vitest';
import type { ClientInfo, ClientsAnswer } from '../operator/operator';
import { People } from './people.svelte';

function info(conn: number, user_id: string, more: Partial<ClientInfo> = {}): ClientInfo {
	return {
		conn,
		user_id,
		name: '',
		address: '192.168.1.7',
		browser: 'Android, Chrome',
		since: '2026-11-22T06:11:00.000Z',
		topics: ['general'],
		messages: 0,
		last_heard: '2026-11-22T10:00:00.000Z',
		rtt_ms: -1,
		muted: false,
		unproved: false,
		...more,
	};
}

const answer = (clients: ClientInfo[], more: Partial<ClientsAnswer> = {}): ClientsAnswer => ({
	rev: 1,
	full: false,
	clients,
	gone: [],
	away: null,
	away_rev: 0,
	away_total: 0,
	members: null,
	away_members: null,
	...more,
});

function people(): People {
	return new People({ clients: () => Promise.resolve(answer([])) });
}

/** How many of those who are here are in a topic. */
const inTopic = (people: People, topic: string) =>
	people.shown.filter(({ away, topics }) => !away && topics.includes(topic)).length;

const labels = (people: People) => people.shown.map(({ label }) => label);

test('the connections of one user_id are one person', () => {
	const list = people();
	list.apply(
		answer([
			info(1, 'ana', { name: 'Ana', topics: ['general'], rtt_ms: 20, messages: 2, since: '2026-11-22T08:00:00.000Z' }),
			info(2, 'ana', { name: 'Ana', topics: ['kitchen'], rtt_ms: 9, messages: 1, browser: 'Windows, Firefox' }),
		]),
	);
	expect(list.shown).toHaveLength(1);
	expect(list.shown[0]).toMatchObject({
		topics: ['general', 'kitchen'],
		rtt: 9,
		messages: 3,
		since: '2026-11-22T06:11:00.000Z',
		device: 'Windows, Firefox',
	});
	expect([list.total, inTopic(list, 'general'), inTopic(list, 'kitchen')]).toEqual([1, 1, 1]);
});

test('who leaves is gone, and counted no longer', () => {
	const list = people();
	list.apply(answer([info(1, 'ana'), info(2, 'bea'), info(3, 'bea')]));
	list.apply(answer([], { gone: [1, 2] }));
	expect([list.total, inTopic(list, 'general'), list.get('ana')]).toEqual([1, 1, undefined]);
});

test('a whole list replaces what was known', () => {
	const list = people();
	list.apply(answer([info(1, 'ana'), info(2, 'bea')]));
	list.apply(answer([info(2, 'bea'), info(5, 'cleo')], { full: true }));
	expect(labels(list)).toEqual(['No name (bea)', 'No name (cleo)']);
});

test('a guest who says who they are moves from one person to another', () => {
	const list = people();
	list.apply(answer([info(1, 'guest-a-7')]));
	expect(labels(list)).toEqual(['Guest 7']);
	list.apply(answer([info(1, 'ana', { name: 'Ana' })]));
	expect(labels(list)).toEqual(['Ana']);
});

test('sorts by name without case and accents, and by what else is asked for', () => {
	const list = people();
	list.apply(
		answer([
			info(1, 'c', { name: 'Zoë', messages: 3 }),
			info(2, 'a', { name: 'émile', messages: 9, since: '2026-11-22T09:00:00.000Z' }),
			info(3, 'b', { name: 'Dana', last_heard: '2026-11-22T11:00:00.000Z' }),
		]),
	);
	expect(labels(list)).toEqual(['Dana', 'émile', 'Zoë']);
	list.sort('messages');
	expect(labels(list)).toEqual(['émile', 'Zoë', 'Dana']);
	list.sort('since');
	expect(labels(list)[0]).toBe('émile');
	list.sort('heard');
	expect(labels(list)[0]).toBe('Dana');
});

test('finds people by name, address, device and topic; the picker by name alone', () => {
	const list = people();
	list.apply(
		answer([
			info(1, 'a', { name: 'Ana Lima', topics: ['kitchen'] }),
			info(2, 'b', { name: 'Bruno', address: '10.0.0.9', browser: 'iPhone, Safari' }),
			info(3, 'c', { name: 'Dana' }),
		]),
	);
	list.search('KITCHEN ana');
	expect(labels(list)).toEqual(['Ana Lima']);
	list.search('10.0.0');
	expect(labels(list)).toEqual(['Bruno']);
	list.search('');
	expect(list.matching('an', 9).map(({ label }) => label)).toEqual(['Ana Lima', 'Dana']);
	expect(list.matching('lim', 9).map(({ label }) => label)).toEqual(['Ana Lima']);
});

test('people who did not change stay the same objects, so that their rows are not drawn again', () => {
	const list = people();
	list.apply(answer(Array.from({ length: 10_000 }, (_, i) => info(i, `u${i}`, { name: `Person ${i}` }))));
	const before = list.shown;
	for (let i = 0; i < 20; i++) list.apply(answer([info(5, 'u5', { name: 'Person 5', rtt_ms: i })]));
	const changed = list.shown.filter((person, i) => person !== before[i]);
	expect(changed.map(({ user_id }) => user_id)).toEqual(['u5']);
});

test('a name is remembered after its owner has left', () => {
	const list = people();
	list.apply(answer([info(1, 'ana', { name: 'Ana' })]));
	list.apply(answer([], { gone: [1] }));
	expect(list.nameOf('ana')).toBe('Ana');
	list.remember('bea', 'Bea');
	expect(list.nameOf('bea')).toBe('Bea');
});

test('who is away stands after those who are here, counted apart, until they come back', () => {
	const list = people();
	const zoe = { user_id: 'zoe', name: 'Zoe', seen: '2026-11-22T09:00:00.000Z', topics: ['kitchen'] };
	const ana = { ...zoe, user_id: 'ana', name: 'Ana' };
	list.apply(answer([info(1, 'dana', { name: 'Dana' })], { away: [zoe, ana], away_rev: 4 }));
	expect(labels(list)).toEqual(['Dana', 'Ana', 'Zoe']);
	expect([list.total, list.away.length, list.get('ana')]).toEqual([1, 2, undefined]);
	expect(inTopic(list, 'kitchen')).toBe(0);
	expect(list.matching('zo', 9)[0]?.away).toBe(zoe.seen);
	const before = list.away;
	list.apply(answer([info(2, 'ana', { name: 'Ana' })]));
	expect([list.total, labels(list)]).toEqual([2, ['Ana', 'Dana', 'Zoe']]);
	list.apply(answer([], { away: [zoe], away_rev: 5 }));
	expect(list.away[0]).toBe(before[1]);
	list.search('away');
	expect(labels(list)).toEqual(['Zoe']);
});

test('how many a message is sent to is what the server says, and away is never more', () => {
	const list = people();
	expect(list.membersOf()).toEqual({ all: 0, away: 0 });
	list.apply(answer([], { members: { '': 56, kitchen: 3 }, away: [], away_members: { '': 8 } }));
	expect(list.membersOf()).toEqual({ all: 56, away: 8 });
	expect(list.membersOf('kitchen')).toEqual({ all: 3, away: 0 });
	list.apply(answer([], { members: { '': 5 } }));
	expect(list.membersOf()).toEqual({ all: 5, away: 5 });
	list.apply(answer([]));
	expect(list.membersOf().all).toBe(5);
});

test('all who are away are read, a page after the other, and a list that changes meanwhile ends it', async () => {
	const all = Array.from({ length: 1_200 }, (_, i) => ({
		...{ user_id: `p${i}`, name: `Person ${i}`, seen: '2026-11-22T06:00:00.000Z', topics: [] },
	}));
	const page = (skip: number) => ({ away: all.slice(skip, skip + 500), away_rev: 7, away_total: all.length });
	let asked = 0;
	let changed = false;
	const list = new People({
		clients: (_rev, _conns, _awayRev, skip = 0) => {
			asked++;
			return Promise.resolve(answer([], changed ? { ...page(skip), away_rev: 8 } : page(skip)));
		},
	});
	list.apply(answer([], page(0)));
	// Two who ask at once do not read a page twice.
	await Promise.all([list.wholeAway(), list.wholeAway()]);
	expect([asked, list.away.length, list.find('p1199')?.label]).toEqual([2, 1_200, 'Person 1199']);
	list.apply(answer([], page(0)));
	changed = true;
	await list.wholeAway();
	expect(list.away.length).toBe(500);
});

test('a picker finds who was away for longer than the list has loaded, once somebody looks', async () => {
	const all = Array.from({ length: 700 }, (_, i) => ({
		...{ user_id: `p${i}`, name: `Person ${i}`, seen: '2026-11-22T06:00:00.000Z', topics: [] },
	}));
	const page = (skip: number) => ({ away: all.slice(skip, skip + 500), away_rev: 7, away_total: all.length });
	const list = new People({ clients: (_rev, _conns, _awayRev, skip = 0) => Promise.resolve(answer([], page(skip))) });
	list.apply(answer([], page(0)));
	expect(list.matching('Person 699', 5)).toEqual([]);
	list.lookFurther();
	await vi.waitFor(() => expect(list.matching('Person 699', 5).map(({ label }) => label)).toEqual(['Person 699']));
});
