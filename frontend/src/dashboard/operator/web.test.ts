import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withOrigin } from '../../lib/address';
import type { Message } from '../../lib/protocol';
import type { Connection, Handlers, OperatorEvent } from './operator';
import { FakeSocket } from './testing';
import { firstFrame, halfShown } from './session';
import type { Verdict } from './socket';
import { readVerdict, WebOperator } from './web';

let sockets: FakeSocket[];
let operator: WebOperator;
let connections: Connection[];
let events: OperatorEvent[];
let withdrawn: number[];
let batches: Message[][];
let end: (() => void) | undefined;
let verdict: Verdict | undefined;

function start(): FakeSocket {
	const handlers: Handlers = {
		onconnection: (one) => connections.push(one),
		onevent: (one) => events.push(one),
		onmessages: (batch) => batches.push(batch),
		onwithdrawn: (seqs) => withdrawn.push(...seqs),
		oncommand: () => {},
	};
	end = operator.start(handlers);
	return sockets[0]!;
}

const wrongKey = () => Response.json({ code: 'key_wrong', message: 'That is not the key.' }, { status: 401 });

beforeEach(() => {
	vi.useFakeTimers();
	verdict = undefined;
	[sockets, connections, events, batches, withdrawn] = [[], [], [], [], []];
	operator = new WebOperator({
		dial: () => {
			const socket = new FakeSocket();
			sockets.push(socket);
			return socket as unknown as WebSocket;
		},
		ask: () => Promise.resolve(verdict),
	});
});

afterEach(() => {
	end?.();
	end = undefined;
	vi.useRealTimers();
	vi.unstubAllGlobals();
	history.replaceState(null, '', '/server');
});

test('a verb is answered by the result with its id', async () => {
	const socket = start();
	socket.open();
	const answer = operator.clients(7);
	const { id, action, since } = socket.sent[0]!;
	expect([action, since]).toEqual(['clients', 7]);
	socket.say({ type: 'result', id: 'another', rev: 1 });
	socket.say({ type: 'result', id, rev: 9, full: false, clients: [], gone: [] });
	expect(await answer).toMatchObject({ rev: 9 });
});

test('a refused verb rejects with its code and sentence', async () => {
	const socket = start();
	socket.open();
	const answer = operator.setName('x');
	socket.say({ type: 'error', id: socket.sent[0]!.id, code: 'rate_limited', message: 'Too fast.', retry_ms: 900 });
	await expect(answer).rejects.toMatchObject({ code: 'rate_limited', message: 'Too fast.', retryMs: 900 });
});

test('without a connection a verb is lost at once, and what waited when it broke too', async () => {
	const socket = start();
	await expect(operator.state()).rejects.toMatchObject({ code: 'lost' });
	socket.open();
	const answer = operator.state();
	socket.onclose?.({ code: 1006 });
	await expect(answer).rejects.toMatchObject({ code: 'lost' });
});

test('a verb that nobody answers gives the socket up', async () => {
	const socket = start();
	socket.open();
	const answer = expect(operator.stats()).rejects.toMatchObject({ code: 'lost' });
	await vi.advanceTimersByTimeAsync(10_000);
	await answer;
	expect(socket.readyState).toBe(WebSocket.CLOSED);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(sockets.length).toBe(2);
});

test('messages are handed on in batches', async () => {
	const socket = start();
	socket.open();
	for (const seq of [1, 2, 3]) socket.say({ type: 'message', seq });
	expect(batches).toEqual([]);
	await vi.advanceTimersByTimeAsync(100);
	expect(batches.map((batch) => batch.map(({ seq }) => seq))).toEqual([[1, 2, 3]]);
});

test('counts move the last event and keep its revisions', () => {
	const socket = start();
	socket.open();
	socket.say({ type: 'counts', clients: 1, subscribers: 0 });
	expect(events).toEqual([]);
	socket.say({ type: 'event', clients: 1, subscribers: 1, seq: 5, clients_rev: 2, state_rev: 3 });
	socket.say({ type: 'counts', clients: 4, subscribers: 2 });
	expect(events.at(-1)).toMatchObject({ clients: 4, subscribers: 2, clients_rev: 2, state_rev: 3 });
});

test('a key in the address is exchanged for a session and leaves the address bar first', async () => {
	history.replaceState(null, '', '/server#token=SECRET');
	const asked: [string, RequestInit][] = [];
	vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
		expect(location.hash).toBe('');
		asked.push([url, init]);
		return Promise.resolve(new Response(null, { status: 204, headers: { 'Belfry-Session': 'HALF' } }));
	});
	start();
	await vi.advanceTimersByTimeAsync(0);
	expect(halfShown()).toEqual({ 'Belfry-Session': 'HALF' });
	expect(firstFrame()).toBe('{"action":"session","id":"session","half":"HALF"}');
	expect(asked[0]![0]).toBe(withOrigin('session'));
	expect(asked[0]![1]).toMatchObject({ method: 'POST', body: '{"password":"SECRET"}' });
	expect(sockets).toHaveLength(1);
});

test('a wrong key in the address asks for the right one, with the reason', async () => {
	history.replaceState(null, '', '/server#token=OLD');
	vi.stubGlobal('fetch', () => Promise.resolve(wrongKey()));
	start();
	await vi.advanceTimersByTimeAsync(0);
	expect(connections).toEqual([{ state: 'key', reason: 'That is not the key.' }]);
	expect(sockets).toHaveLength(0);
});

test('too many wrong keys say how long to wait', async () => {
	const body = { code: 'rate_limited', message: 'Too many tries.', retry_ms: 4000 };
	vi.stubGlobal('fetch', () => Promise.resolve(Response.json(body, { status: 429 })));
	await expect(operator.signIn('x')).rejects.toMatchObject({ code: 'rate_limited', retryMs: 4000 });
});

test('a key that no header can carry is refused, not thrown at', async () => {
	vi.stubGlobal('fetch', (_: string, { headers }: { headers: Record<string, string> }) => {
		expect(() => new Headers(headers)).not.toThrow();
		return Promise.resolve(wrongKey());
	});
	await expect(operator.signIn('schlüssel\n☃')).rejects.toMatchObject({ code: 'key' });
});

test('what was withdrawn is told, and leaves the batch that waits', async () => {
	const socket = start();
	socket.open();
	for (const seq of [1, 2]) socket.say({ type: 'message', seq });
	socket.say({ type: 'withdrawn', seq: 3, of: 2 });
	await vi.advanceTimersByTimeAsync(100);
	expect([withdrawn, batches.flat().map(({ seq }) => seq)]).toEqual([[2], [1]]);
});

const refusal = (status: number, code: string, retry_ms?: number) =>
	Response.json({ code, message: 'Said.', retry_ms }, { status });

test.each([
	['a handshake that would succeed', refusal(426, 'upgrade_required'), { is: 'open' }],
	['no session', refusal(401, 'key_needed'), { is: 'key' }],
	['a machine that may have no dashboard', refusal(403, 'not_allowed'), { is: 'key', reason: 'Said.' }],
	['a proxy that changes Host', refusal(403, 'not_allowed', 10_000), { is: 'refused', reason: 'Said.' }],
	['a full server', refusal(503, 'full', 5_000), { is: 'refused', reason: 'Said.' }],
	['a page of a proxy', new Response('<h1>502 Bad Gateway</h1>', { status: 502 }), undefined],
	['a proxy that asks for a password', new Response('<h1>401</h1>', { status: 401 }), undefined],
	['a page of a proxy in JSON', Response.json(['busy'], { status: 503 }), undefined],
	['null in JSON', Response.json(null, { status: 503 }), undefined],
])('reads %s', async (_, answer, expected) => {
	expect(await readVerdict(answer)).toEqual(expected);
});

test('a key in the address outlives a proxy that changes Host, until that is mended', async () => {
	history.replaceState(null, '', '/server#token=SECRET');
	const answers = [refusal(403, 'not_allowed', 10_000), new Response(null, { status: 204 })];
	const shown: unknown[] = [];
	vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
		shown.push(init.body);
		return Promise.resolve(answers.shift());
	});
	verdict = { is: 'refused', reason: 'A proxy changes Host.' };
	start();
	await vi.advanceTimersByTimeAsync(0);
	sockets[0]!.fail();
	await vi.advanceTimersByTimeAsync(0);
	expect(connections.at(-1)).toMatchObject({ state: 'connecting', reason: 'A proxy changes Host.' });
	verdict = { is: 'key' };
	operator.retry();
	sockets[1]!.fail();
	await vi.advanceTimersByTimeAsync(0);
	expect(shown).toEqual(Array(2).fill('{"password":"SECRET"}'));
	expect(sockets).toHaveLength(3);
	expect(connections.map(({ state }) => state)).not.toContain('key');
});

test('a key that a proxy in front of Belfry answers for is asked for again, not sent for ever', async () => {
	history.replaceState(null, '', '/server#token=SECRET');
	let asked = 0;
	vi.stubGlobal('fetch', () => {
		asked++;
		return Promise.resolve(new Response('<h1>502</h1>', { status: 502 }));
	});
	verdict = { is: 'key' };
	start();
	await vi.advanceTimersByTimeAsync(0);
	sockets[0]!.fail();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(asked).toBe(2);
	expect(connections.at(-1)).toMatchObject({ state: 'key', reason: expect.stringContaining('502') as string });
});
