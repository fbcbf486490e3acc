import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Moves } from './moves.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
	['the first one leaves', ['ana', 'ben', 'cleo'], ['ben', 'cleo'], true],
	['one in the middle leaves', ['ana', 'ben', 'cleo'], ['ana', 'cleo'], true],
	['the last one leaves', ['ana', 'ben', 'cleo'], ['ana', 'ben'], false],
	['another one takes the place of the only one', ['ana'], ['ben'], true],
	['a second one comes, and both are shown as rows', ['ana'], ['ana', 'ben'], true],
	['one more comes below', ['ana', 'ben'], ['ana', 'ben', 'cleo'], false],
	['somebody is the first', [], ['ana'], false],
])('where %s', (_, before, now, settles) => {
	const moves = new Moves();
	moves.show(before);
	moves.show(now);
	expect(moves.settling).toBe(settles);
	vi.advanceTimersByTime(500);
	expect(moves.settling).toBe(false);
});
