import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../../lib/storage';
import type { Handlers, Operator, State } from '../operator/operator';
import { Dashboard } from './dashboard.svelte';

let handlers: Handlers;
let state: Partial<State>;
let calls: string[];
let gone: boolean;
let dashboard: Dashboard;
let end: () => void;

beforeEach(() => {
	vi.useFakeTimers();
	calls = [];
	gone = false;
	state = { epoch: 'one', seq: 2, kept: 2, clients: 3, subscribers: 2, problem: null, topics: [] };
	const operator = {
		door: 'web',
		start: (given: Handlers) => {
			handlers = given;
			return () => {};
		},
		state: () => Promise.resolve({ ...state }),
		stats: () => Promise.resolve({ step: 10, clients: [], subscribers: [], messages: [] }),
		clients: (since: number) => {
			calls.push(`clients ${since}`);
			return Promise.resolve({
				rev: 7,
				full: since === 0,
				clients: [],
				gone: [],
				away: since ? null : [],
				away_rev: 0,
			});
		},
		search: (query: { kind: string }) => {
			calls.push(`search ${query.kind}`);
			return Promise.resolve({ messages: [], more: false, indexed: 2, last: 2 });
		},
		receipts: (seqs: number[]) => {
			calls.push(`receipts ${seqs.join()}`);
			return Promise.resolve({ receipts: [], repeats: {} });
		},
		withdraw: (seq: number, epoch: string) => {
			calls.push(`withdraw ${seq} ${epoch}`);
			return Promise.resolve();
		},
		history: (query: { epoch?: string }) => {
			calls.push(`history ${JSON.stringify(query)}`);
			if (query.epoch !== undefined) return Promise.resolve({ messages: [], more: false, gone });
			const from = { user_id: 'ana', name: 'Ana' };
			return Promise.resolve({ messages: [{ seq: 2, from, message: 'hi', audience: 'everyone' }], more: false });
		},
		listen: () => {
			state = { ...state, problem: null, epoch: 'two' };
			return Promise.resolve();
		},
	};
	dashboard = new Dashboard(operator as unknown as Operator, new Store('test.'));
	end = dashboard.start(
		() => {},
		() => calls.push('private'),
	);
});

afterEach(() => {
	end();
	vi.useRealTimers();
});

const same = {
	receipts_rev: 0,
	away_rev: 0,
	settings_rev: 0,
	sessions_rev: 0,
	audit_rev: 0,
	blocked_rev: 0,
	lobby_rev: 0,
	list_rev: 0,
	grants_rev: 0,
	conversations_rev: 0,
	tokens_rev: 0,
	webhooks_rev: 0,
};
const settle = () => vi.advanceTimersByTimeAsync(0);

test('a connection pulls the room, its people and the newest messages', async () => {
	handlers.onconnection({ state: 'live' });
	await settle();
	expect(dashboard.room.clients).toBe(3);
	expect(calls).toEqual(['clients 0', 'search announcement', 'history {"limit":200}']);
	expect(dashboard.people.nameOf('ana')).toBe('Ana');
});

test('a connection that breaks while everything is pulled is no error of the page', async () => {
	const unhandled = vi.fn();
	process.on('unhandledRejection', unhandled);
	const lost = () => Promise.reject(new Error('lost'));
	Object.assign(dashboard.operator, { search: lost, history: lost });
	handlers.onconnection({ state: 'live' });
	await settle();
	await new Promise(process.nextTick);
	process.off('unhandledRejection', unhandled);
	expect(unhandled).not.toHaveBeenCalled();
});

test('back on the same log it reads what it missed, on another it begins anew', async () => {
	handlers.onconnection({ state: 'live' });
	await settle();
	handlers.onconnection({ state: 'lost' });
	expect(dashboard.room.live).toBe(false);
	expect(dashboard.feed.all).toHaveLength(1);
	handlers.onconnection({ state: 'live' });
	await settle();
	expect(calls.at(-1)).toBe('history {"after":2,"limit":200}');
	state.epoch = 'two';
	handlers.onconnection({ state: 'live' });
	await settle();
	expect(calls).toContain('history {"after":2,"limit":1,"epoch":"one"}');
	expect(calls.at(-1)).toBe('history {"after":2,"limit":200}');
	await dashboard.withdraw(dashboard.feed.all[0]!);
	expect(calls.at(-1)).toBe('withdraw 2 two');
	gone = true;
	state.epoch = 'three';
	handlers.onconnection({ state: 'live' });
	await settle();
	expect(calls.at(-1)).toBe('history {"limit":200}');
});

test('an event moves the counts at once and pulls only what has another revision', async () => {
	handlers.onconnection({ state: 'live' });
	await vi.advanceTimersByTimeAsync(1000);
	calls.length = 0;
	Object.assign(state, { clients: 9, subscribers: 8 });
	handlers.onevent({ clients: 9, subscribers: 8, seq: 2, clients_rev: 7, state_rev: 1, ...same });
	await settle();
	expect([dashboard.room.clients, dashboard.room.subscribers, calls]).toEqual([9, 8, []]);
	handlers.onevent({ clients: 9, subscribers: 8, seq: 2, clients_rev: 8, state_rev: 1, ...same });
	await settle();
	expect(calls).toEqual(['clients 7']);
});

test('a screen reader hears the counts at most every five seconds', async () => {
	handlers.onconnection({ state: 'live' });
	await settle();
	Object.assign(state, { clients: 59 });
	await vi.advanceTimersByTimeAsync(5000);
	for (let clients = 10; clients < 60; clients++) {
		handlers.onevent({ clients, subscribers: 2, seq: 2, clients_rev: 7, state_rev: 1, ...same });
	}
	expect(dashboard.room.spoken).toBe('3 devices connected');
	await vi.advanceTimersByTimeAsync(5000);
	expect(dashboard.room.spoken).toBe('59 devices connected');
});

test('an answer that was overtaken by an event does not turn the counts back', async () => {
	handlers.onevent({ clients: 3, subscribers: 2, seq: 2, clients_rev: 7, state_rev: 1, ...same });
	await vi.advanceTimersByTimeAsync(1000);
	handlers.onconnection({ state: 'live' });
	handlers.onevent({ clients: 8, subscribers: 7, seq: 2, clients_rev: 7, state_rev: 1, ...same });
	await settle();
	expect([dashboard.room.clients, dashboard.room.subscribers]).toEqual([8, 7]);
});

test('what is for the operator alone is told, what the operator wrote is not', () => {
	const one = { seq: 3, from: { user_id: 'ana', name: 'Ana' }, audience: 'private', message: 'psst' };
	handlers.onmessages([{ ...one, from: { operator: true, name: '' } }] as never);
	expect(calls).toEqual([]);
	handlers.onmessages([{ ...one, seq: 4 }] as never);
	expect(calls).toEqual(['private']);
});

test('a taken port leads to a page of its own, and another port into the room', async () => {
	state.problem = { code: 'port_taken', message: 'Port 8000 is taken', hint: '', port: 8000 };
	handlers.onconnection({ state: 'live' });
	await settle();
	expect(calls).toEqual([]);
	expect(await dashboard.listen(8001)).toBeUndefined();
	await settle();
	expect(dashboard.room.state?.problem).toBeNull();
	expect(calls).toContain('history {"limit":200}');
});

test('what was withdrawn leaves the feed, and is not quoted any more', async () => {
	handlers.onconnection({ state: 'live' });
	await settle();
	dashboard.composer.answer(dashboard.feed.all[0]!);
	handlers.onwithdrawn([2]);
	expect(dashboard.feed.shown).toEqual([]);
	expect(dashboard.composer.answers).toBeUndefined();
});

test('a withdrawal by the operator shows at once', async () => {
	handlers.onconnection({ state: 'live' });
	await settle();
	await dashboard.withdraw(dashboard.feed.all[0]!);
	expect(calls.at(-1)).toBe('withdraw 2 one');
	expect(dashboard.feed.all).toEqual([]);
});
