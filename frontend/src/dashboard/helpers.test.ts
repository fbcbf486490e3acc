import { expect, test } from 'vitest';
import type { Address } from './operator/operator';
import { nameOf, warningOf } from './addresses';
import { clip } from './clip';
import { readFigures } from './figures';
import { ago, byDay, seconds } from './times';
import { refuse, slug } from './topic-name';

test('a long text is cut by letters and by lines, never within a letter', () => {
	expect(clip('short\ntext')).toBe('short\ntext');
	expect(clip('x'.repeat(5000))).toHaveLength(4000);
	expect(clip('line\n'.repeat(1000)).split('\n')).toHaveLength(40);
	expect(clip('\n'.repeat(60_000))).toBe('');
	expect(clip('x'.repeat(3999) + '🛎'.repeat(9))).toHaveLength(3999);
});

test('a title becomes a name that the server takes', () => {
	expect(slug('Küche & Bar')).toBe('kuche-bar');
	expect(slug('  Line 2!')).toBe('line-2');
	expect(slug('厨房')).toBe('');
	expect(refuse('line-2', [])).toBe('');
	expect(refuse('line-2', ['line-2'])).toContain('already');
	expect(refuse('Line 2', [])).toContain('lower-case');
	expect(refuse('', [])).not.toBe('');
	expect(refuse('x'.repeat(65), [])).toContain('64');
});

test('the chart covers ten minutes, in minutes counted back from now', () => {
	const samples = Array.from({ length: 60 }, (_, i) => i);
	const { perMinute, least, most, connected } = readFigures({
		step: 10,
		clients: samples.map((i) => 36 + (i % 8)),
		subscribers: samples,
		messages: samples.map((i) => (i >= 54 ? 1 : 0)),
	});
	expect(perMinute).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 6]);
	expect([least, most, connected.length]).toEqual([36, 43, 60]);
});

test('a server that has just begun has an empty past', () => {
	const { connected, perMinute, sentence } = readFigures({ step: 10, clients: [2], subscribers: [1], messages: [3] });
	expect(connected).toHaveLength(60);
	expect(connected.slice(-2)).toEqual([null, 2]);
	expect(perMinute.at(-1)).toBe(3);
	expect(sentence).toBe('Last ten minutes: 2 connected throughout. Up to 3 messages a minute, 3 in the last one.');
	expect(readFigures({ step: 10, clients: [], subscribers: [], messages: [] }).sentence).toContain('nobody');
});

test('addresses have a name, and a warning where nobody gets there', () => {
	const address = (kind: string, host = '192.168.1.24') => ({ kind, host, interface: 'eth0' }) as Address;
	expect(nameOf(address('wifi'))).toBe('Wi-Fi');
	expect(nameOf(address('cable', '[fd12::1]'))).toBe('Cable, IPv6');
	expect(nameOf(address('other'))).toBe('eth0');
	expect(warningOf(address('virtual'))).not.toBe('');
	expect(warningOf(address('cable'))).toBe('');
});

test('how long ago, also where the clocks differ', () => {
	const now = Date.parse('2026-11-22T10:00:00Z');
	expect(ago('2026-11-22T09:59:57Z', now)).toBe('3 s ago');
	expect(ago('2026-11-22T09:56:00Z', now)).toBe('4 min ago');
	expect(ago('2026-11-22T10:00:09Z', now)).toBe('0 s ago');
	expect(ago('no time', now)).toBe('');
	expect(seconds('2026-11-22T10:42:31Z')).toMatch(/:42:31$/);
});

test('a list becomes days with headings', () => {
	const now = new Date(2026, 10, 23, 12).getTime();
	const at = (day: number) => ({ time: new Date(2026, 10, day, 9).toISOString() });
	expect(byDay([at(23), at(23), at(22)], now)).toEqual([
		{ name: 'Today', list: [at(23), at(23)] },
		{ name: 'Yesterday', list: [at(22)] },
	]);
	expect(byDay([], now)).toEqual([]);
});
