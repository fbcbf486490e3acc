import { expect, test } from 'vitest';
import { strokesOf } from './receipt-bar';
import { counts } from './testing';

test('the tally has one stroke a person, the furthest first', () => {
	const strokes = strokesOf(counts(23, 22, 18, 16), true, 14);
	expect(strokes).toHaveLength(23);
	expect(strokes.map(({ stage }) => stage).join(' ')).toBe(
		[...Array(16).fill('ack'), 'read', 'read', ...Array(4).fill('got'), 'none'].join(' '),
	);
	expect(strokes[1]).toEqual({ stage: 'ack', x: 5, width: 4, height: 14 });
	expect(strokes.at(-1)).toEqual({ stage: 'none', x: 110, width: 4, height: 2 });
});

test('where nothing is asked for, read is the full height', () => {
	const strokes = strokesOf(counts(6, 6, 5, 0), false, 10);
	expect(strokes.map(({ height }) => height)).toEqual([10, 10, 10, 10, 10, 4]);
	expect(strokes[1]).toMatchObject({ x: 8, width: 6 });
});

test('beyond 58 people a bar stands for them, never rounded up', () => {
	expect(strokesOf(counts(58, 58, 58, 0), false, 10)).toHaveLength(58);
	const bar = strokesOf(counts(10_000, 10_000, 10_000, 9_999), true, 10);
	expect(bar.map(({ stage, width }) => [stage, width])).toEqual([
		['ack', 115],
		['read', 1],
	]);
	expect(strokesOf(counts(10_000, 10_000, 10_000, 10_000), true, 10)).toMatchObject([{ stage: 'ack', width: 116 }]);
	expect(strokesOf(counts(0, 0, 0, 0), true, 10)).toEqual([]);
});
