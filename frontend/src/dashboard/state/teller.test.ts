import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OperatorError } from '../operator/operator';
import { Teller } from './teller';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('many looks at one person are told as one, and what was lost is told again', async () => {
	const told: unknown[] = [];
	const seen = vi.fn((...one: unknown[]) => {
		told.push(one);
		return Promise.resolve();
	});
	const teller = new Teller(seen);
	teller.epoch = 'e1';
	teller.tell('ana', 3);
	await vi.advanceTimersByTimeAsync(0);
	for (const seq of [4, 7, 5]) teller.tell('ana', seq);
	teller.tell('ben', 6);
	await vi.advanceTimersByTimeAsync(1000);
	expect(told).toEqual([
		['ana', 3, 'e1'],
		['ana', 7, 'e1'],
		['ben', 6, 'e1'],
	]);

	seen.mockRejectedValueOnce(new OperatorError('lost', 'Belfry did not answer.'));
	teller.tell('ana', 9);
	await vi.advanceTimersByTimeAsync(1000);
	expect(told).toHaveLength(3);
	teller.again();
	await vi.advanceTimersByTimeAsync(1000);
	expect(told.at(-1)).toEqual(['ana', 9, 'e1']);
});

test('what is refused is not told again', async () => {
	const seen = vi.fn().mockRejectedValue(new OperatorError('unknown_user', 'Nobody here has that ID.'));
	const teller = new Teller(seen);
	teller.tell('ana', 3);
	await vi.advanceTimersByTimeAsync(1000);
	teller.again();
	await vi.advanceTimersByTimeAsync(1000);
	expect(seen).toHaveBeenCalledTimes(1);
});
