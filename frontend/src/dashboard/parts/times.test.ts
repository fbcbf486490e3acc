import { expect, test } from 'vitest';
import { ago, byDay, size } from './times';

test('how long ago, also where the clocks differ', () => {
	const now = Date.parse('2026-11-22T10:00:00Z');
	expect(ago('2026-11-22T09:59:57Z', now)).toBe('3 s ago');
	expect(ago('2026-11-22T09:56:00Z', now)).toBe('4 min ago');
	expect(ago('2026-11-22T10:00:09Z', now)).toBe('0 s ago');
	expect(ago('no time', now)).toBe('');
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

test('sizes in words', () => {
	expect([size(640), size(214_400), size(3_210_000)]).toEqual(['640 B', '214 kB', '3.2 MB']);
});
