import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
	CLOSE,
	LIMITS,
	TERMINAL,
	type ClientFrame,
	type Refusal,
	type Room,
	type ServerFrame,
} from '../../lib/protocol';
import { decode } from './decode';

// The golden frames that the server's own tests read and write: neither side of the wire can drift from the other.
const folder = resolve(process.cwd(), '../wsserver/testdata/protocol');

interface Golden {
	direction: 'in' | 'out' | 'close';
	door?: string;
	frame: Record<string, unknown>;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')) as T;
const goldens = readdirSync(folder)
	.map((file) => file.replace('.json', ''))
	.map((name) => ({ name, ...read<Golden>(name) }));
const frame = <T>(name: string) => read<{ frame: T }>(name).frame;

describe('what the server sends', () => {
	const sent = goldens.filter((g) => g.direction === 'out' && !g.door && g.name !== 'event');

	it.each(sent)('$name is understood as it is', ({ frame }) => {
		expect(decode(frame)).toBe(frame);
	});

	it('has only types that this page knows', () => {
		const known: Record<ServerFrame['type'], true> = {
			welcome: true,
			topics: true,
			message: true,
			accepted: true,
			error: true,
			counts: true,
			recovered: true,
			history: true,
			withdrawn: true,
			acked: true,
			remind: true,
			waiting: true,
			room: true,
			muted: true,
			joined: true,
			parted: true,
			seen: true,
			nodes: true,
		};
		for (const { frame } of sent) expect(known).toHaveProperty(frame.type as string);
	});

	it('is passed over where this page does not know it', () => {
		for (const value of [null, 7, 'text', [], {}, { type: 'waves', seq: 1 }, { type: 'message', seq: '1' }])
			expect(decode(value)).toBeUndefined();
	});
});

describe('what this page sends', () => {
	it('is what the server reads', () => {
		const written: Record<string, ClientFrame> = {
			hello: { action: 'hello', user_id: 'abc123', name: 'Ana Lima', topics: ['kitchen'] },
			hello_code: {
				action: 'hello',
				user_id: 'abc123',
				token: '0123456789abcdef',
				name: 'Ana Lima',
				code: '482913',
			},
			hello_bare: { action: 'hello' },
			subscribe: { action: 'subscribe', user_id: 'abc123', topics: ['kitchen', 'general'] },
			subscribe_oldest: { action: 'subscribe', user_id: 'abc123' },
			unsubscribe: { action: 'unsubscribe', topics: ['kitchen'] },
			unsubscribe_all: { action: 'unsubscribe' },
			notify: { action: 'notify', id: 'kx3f', topic: 'kitchen', message: 'Soup is <ready> & hot 🔔', reply_to: 1040 },
			notify_oldest: { action: 'notify', message: 'Hello from the client!' },
			leave: { action: 'leave' },
		};
		const golden = goldens.filter((g) => g.direction === 'in' && !g.door);
		expect(written).toEqual(Object.fromEntries(golden.map((g) => [g.name, g.frame])));
	});
});

describe('numbers that both sides must agree on', () => {
	it('has the limits of welcome', () => {
		expect(LIMITS).toEqual(frame<{ limits: object }>('welcome').limits);
	});

	it('knows every close code, and after which not to come back', () => {
		const { codes, terminal } = read<{ codes: Record<string, number>; terminal: number[] }>('close_codes');
		expect(CLOSE).toMatchObject(codes);
		expect(TERMINAL).toEqual(new Set(terminal));
	});

	it('reads a refusal and the room', () => {
		const refusal: Refusal = { code: 'too_many_connections', message: expect.any(String) as string, retry_ms: 5000 };
		expect(frame('refusal')).toEqual(refusal);
		expect(frame('refusal_cut_off')).toEqual({
			code: 'cut_off',
			message: expect.any(String) as string,
			retry_ms: 2000,
			nodes: ['http://192.168.1.24:8000/'],
			epoch: 'EPOCH',
		} satisfies Refusal);
		expect(frame('room')).toEqual({ name: 'Hall 3', access: 'open', operator: 'Ana', people: 48 } satisfies Room);
	});
});
