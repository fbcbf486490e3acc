import { expect, test } from 'vitest';
import { median, readFigures } from './figures';

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
	expect(sentence).toBe(
		'Last ten minutes: 2 devices connected throughout. Up to 3 messages a minute, 3 in the last one.',
	);
	expect(readFigures({ step: 10, clients: [], subscribers: [], messages: [] }).sentence).toContain('no device');
});

test('the round trip is that of the middle, of those that are measured', () => {
	expect(median([30, -1, 10, 2000])).toBe(30);
	expect(median([7])).toBe(7);
	expect(median([-1])).toBeUndefined();
	expect(median([])).toBeUndefined();
});
