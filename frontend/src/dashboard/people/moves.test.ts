import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Moves } from './moves';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pressed = (detail = 1) => ({ detail }) as MouseEvent;

it.each([
	['the first one leaves', ['ana', 'ben', 'cleo'], ['ben', 'cleo'], true],
	['one in the middle leaves', ['ana', 'ben', 'cleo'], ['ana', 'cleo'], true],
	['the last one leaves', ['ana', 'ben', 'cleo'], ['ana', 'ben'], false],
	['another one takes the place of the only one', ['ana'], ['ben'], true],
	['a second one comes, and both are shown as rows', ['ana'], ['ana', 'ben'], true],
	['one more comes below', ['ana', 'ben'], ['ana', 'ben', 'cleo'], false],
	['somebody is the first', [], ['ana'], false],
])('where %s', (_, before, now, slip) => {
	const moves = new Moves();
	moves.show(before);
	moves.show(now);
	expect(moves.isSlip(pressed())).toBe(slip);
	expect(moves.isSlip(pressed(0))).toBe(false); // by a key
	vi.advanceTimersByTime(500);
	expect(moves.isSlip(pressed())).toBe(false);
});
