import { describe, expect, it } from 'vitest';
import { lowerBound } from './sorted';

const find = (list: readonly number[], value: number, from?: number) =>
	lowerBound(list.length, (i) => list[i]! < value, from);

describe('lowerBound', () => {
	it('finds the place of every value, there or not', () => {
		const list = [2, 4, 4, 4, 9];
		expect([1, 2, 3, 4, 5, 9, 10].map((value) => find(list, value))).toEqual([0, 0, 1, 1, 4, 4, 5]);
	});

	it('of nothing is 0', () => expect(find([], 7)).toBe(0));

	it('never looks before from', () => {
		const asked: number[] = [];
		const found = lowerBound(
			8,
			(i) => {
				asked.push(i);
				return i < 6;
			},
			5,
		);
		expect(found).toBe(6);
		expect(Math.min(...asked)).toBeGreaterThanOrEqual(5);
		expect(find([1, 2, 3], 0, 2)).toBe(2);
	});

	it('agrees with a search from the start, and asks few times', () => {
		const list = Array.from({ length: 10_000 }, (_, i) => 3 * i);
		for (const value of [0, 1, 14_999, 15_000, 29_997, 29_998, 40_000]) {
			let asked = 0;
			const found = lowerBound(list.length, (i) => (asked++, list[i]! < value));
			const first = list.findIndex((one) => one >= value);
			expect(found).toBe(first < 0 ? list.length : first);
			expect(asked).toBeLessThanOrEqual(14);
		}
	});
});
