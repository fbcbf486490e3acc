import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NO_WEBSOCKETS } from '../../lib/address';
import type { Connection } from './operator';
import { ReconnectingSocket, type Transport, type Verdict } from './socket';
import { FakeSocket } from './testing';

let dialled: FakeSocket[];
let said: Connection[];
let gone: number;
let verdict: Verdict | undefined;
let socket: ReconnectingSocket;

beforeEach(() => {
	vi.useFakeTimers();
	vi.spyOn(Math, 'random').mockReturnValue(0.5);
	dialled = [];
	said = [];
	gone = 0;
	verdict = undefined;
	const transport: Transport = {
		dial: () => {
			const socket = new FakeSocket();
			dialled.push(socket);
			return socket as unknown as WebSocket;
		},
		ask: () => Promise.resolve(verdict),
	};
	socket = new ReconnectingSocket(transport, {
		onconnection: (one) => said.push(one),
		onframe: () => {},
		ongone: () => gone++,
	});
});

afterEach(() => {
	socket.end();
	vi.useRealTimers();
});

const states = () => said.map(({ state }) => state);

test('says connecting, then live', () => {
	socket.connect();
	dialled[0]!.open();
	expect(states()).toEqual(['connecting', 'live']);
	expect(socket.open).toBe(true);
});

test('the first frame goes before anything that a page sends once it is live', () => {
	const one = new FakeSocket();
	const order: string[] = [];
	const transport: Transport = {
		dial: () => one as unknown as WebSocket,
		firstFrame: () => '{"action":"session"}',
		ask: () => Promise.resolve(verdict),
	};
	socket = new ReconnectingSocket(transport, {
		onconnection: ({ state }) => order.push(state, ...one.sent.map(({ action }) => String(action))),
		onframe: () => {},
		ongone: () => {},
	});
	socket.connect();
	one.open();
	expect(order).toEqual(['connecting', 'live', 'session']);
});

test('a socket that breaks is dialled again after a jittered wait', async () => {
	socket.connect();
	dialled[0]!.open();
	dialled[0]!.fail();
	await vi.advanceTimersByTimeAsync(0);
	expect(said.at(-1)).toMatchObject({ state: 'lost', retryAt: Date.now() + 250 });
	expect(gone).toBe(1);
	await vi.advanceTimersByTimeAsync(250);
	expect(dialled).toHaveLength(2);
});

test('a handshake refused for want of a session asks for the key and waits for no timer', async () => {
	verdict = { is: 'key' };
	socket.connect();
	dialled[0]!.fail();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(states().at(-1)).toBe('key');
	expect(dialled).toHaveLength(1);
});

test('a handshake that takes too long is given up', async () => {
	socket.connect();
	await vi.advanceTimersByTimeAsync(5_000);
	expect(dialled[0]!.closed).toBe(true);
	await vi.advanceTimersByTimeAsync(250);
	expect(dialled).toHaveLength(2);
});

test('retryNow dials at once while waiting, and leaves a live socket alone', async () => {
	socket.connect();
	dialled[0]!.fail();
	await vi.advanceTimersByTimeAsync(0);
	socket.retryNow();
	expect(dialled).toHaveLength(2);
	dialled[1]!.open();
	socket.retryNow();
	expect(dialled).toHaveLength(2);
	await vi.advanceTimersByTimeAsync(60_000);
	expect(dialled).toHaveLength(2);
});

test('a socket that no longer answers is closed and dialled again', async () => {
	socket.connect();
	dialled[0]!.open();
	socket.suspect();
	await vi.advanceTimersByTimeAsync(250);
	expect(dialled[0]!.closed).toBe(true);
	expect(dialled).toHaveLength(2);
});

test('nothing is dialled after the end', async () => {
	socket.connect();
	dialled[0]!.open();
	socket.end();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(dialled).toHaveLength(1);
	expect(dialled[0]!.closed).toBe(true);
});

test('a session that was ended asks for the key at once', async () => {
	socket.connect();
	dialled[0]!.open();
	verdict = { is: 'key' };
	dialled[0]!.fail(4003);
	await vi.advanceTimersByTimeAsync(0);
	expect(said.at(-1)).toEqual({ state: 'key' });
});

test('a machine that may have no dashboard is told why', async () => {
	socket.connect();
	const reason = 'The dashboard can be opened on one machine alone.';
	verdict = { is: 'key', reason };
	dialled[0]!.fail();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(said.at(-1)).toEqual({ state: 'key', reason });
	expect(dialled).toHaveLength(1);
});

test('a proxy that refuses handshakes for now is named, and dialled again until it is mended', async () => {
	verdict = { is: 'refused', reason: 'A proxy changes Host.' };
	socket.connect();
	for (let i = 0; i < 3; i++) {
		dialled.at(-1)!.fail();
		await vi.advanceTimersByTimeAsync(0);
		expect(said.at(-1)).toMatchObject({ state: 'connecting', reason: 'A proxy changes Host.' });
		socket.retryNow();
		expect(said.at(-1)).toEqual({ state: 'connecting', reason: 'A proxy changes Host.' });
	}
	dialled.at(-1)!.open();
	expect(said.at(-1)).toEqual({ state: 'live' });
});

test('handshakes that fail though they would succeed are blamed on what is in between, the first is not', async () => {
	verdict = { is: 'open' };
	socket.connect();
	dialled[0]!.fail();
	await vi.advanceTimersByTimeAsync(0);
	expect(said.at(-1)!.reason).toBeUndefined();
	socket.retryNow();
	dialled[1]!.fail();
	await vi.advanceTimersByTimeAsync(0);
	expect(said.at(-1)).toMatchObject({ state: 'connecting', reason: NO_WEBSOCKETS });
	socket.retryNow();
	verdict = undefined;
	dialled[2]!.fail();
	await vi.advanceTimersByTimeAsync(0);
	expect(said.at(-1)!.reason).toBeUndefined();
});
