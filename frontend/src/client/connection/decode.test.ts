import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLOSE, TERMINAL } from '../../lib/protocol';
import { decode } from './decode';

// The same files that the server's tests read: the wire cannot drift on one side.
const GOLDEN = '../wsserver/testdata/protocol';

const MESSAGE = { type: 'message', seq: 1, time: '', audience: 'everyone', from: { name: '' }, message: 'm' };

interface Golden {
	direction: 'in' | 'out' | 'close';
	door?: string;
	frame: Record<string, unknown>;
	codes?: Record<string, number>;
	terminal?: number[];
}

const files = readdirSync(GOLDEN).filter((file) => file.endsWith('.json'));
const read = (file: string) => JSON.parse(readFileSync(`${GOLDEN}/${file}`, 'utf8')) as Golden;
const toClients = files.filter((file) => {
	const { direction, door, frame } = read(file);
	return direction === 'out' && door !== 'dashboard' && !['event', 'result', undefined].includes(frame.type as string);
});

describe('decode', () => {
	it('has frames to read', () => expect(toClients.length).toBeGreaterThan(8));

	it.each(toClients)('takes %s as it stands', (file) => {
		const { frame } = read(file);
		expect(decode(frame)).toEqual(frame);
	});

	it.each([
		null,
		[],
		'message',
		{},
		{ type: 'recovered' },
		{ type: 'message', seq: '1' },
		{ type: 'welcome', user_id: 'a' },
		{ type: 'topics', topics: [{ topic: 1 }] },
		{ type: 'error', code: 1 },
		{ type: 'withdrawn', seq: 1 },
		{ type: 'history', messages: [{ seq: 1 }], acked: [] },
		{ type: 'history', messages: [], acked: ['1'] },
		{ ...MESSAGE, tags: 'press' },
		{ ...MESSAGE, tags: [1] },
		{ ...MESSAGE, click: { href: 'https://a.example' } },
	])('passes over %j', (value) => expect(decode(value)).toBeUndefined());
});

it('takes what a page is sent when it comes back', () => {
	for (const frame of [
		{ type: 'recovered', topics: [], from: 1, to: 9, complete: true, gone: false, epoch: 'e' },
		{ type: 'history', id: 'a', messages: [MESSAGE], more: true, acked: [1] },
		{ ...MESSAGE, from: { program: true, name: 'grafana' }, tags: ['press-4', ''], click: 'https://a.example/' },
		{ type: 'withdrawn', seq: 2, of: 1 },
		{ type: 'acked', seq: 1, time: '' },
		{ type: 'remind', seq: 1 },
	]) {
		expect(decode(frame)).toEqual(frame);
	}
});

it('knows the close codes', () => {
	const { codes, terminal } = read('close_codes.json');
	expect(CLOSE).toMatchObject(codes!);
	expect([...TERMINAL].sort()).toEqual(terminal);
});
