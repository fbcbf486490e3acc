import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Connection } from './operator';
import { ReconnectingSocket, type Transport } from './socket';
import { FakeSocket } from './testing';

let dialled: FakeSocket[];
let said: Connection[];
let gone: number;
let session: boolean | string | undefined;
let socket: ReconnectingSocket;

beforeEach(() => {
	vi.useFakeTimers();
	vi.spyOn(Math, 'random').mockReturnValue(0.5);
	dialled = [];
	said = [];
	gone = 0;
	session = true;
	const transport: Transport = {
		dial: () => {
			const socket = new FakeSocket();
			dialled.push(socket);
			return socket as unknown as WebSocket;
		},
		session: () => Promise.resolve(session),
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
	session = false;
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
	session = false;
	dialled[0]!.fail(4003);
	await vi.advanceTimersByTimeAsync(0);
	expect(said.at(-1)).toEqual({ state: 'key' });
});

test('a machine that may have no dashboard is told why', async () => {
	socket.connect();
	session = 'The dashboard can be opened on one machine alone.';
	dialled[0]!.fail();
	await vi.advanceTimersByTimeAsync(60_000);
	expect(said.at(-1)).toEqual({ state: 'key', reason: session });
	expect(dialled).toHaveLength(1);
});
