import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Hand } from './hand';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('moves the list for a second after a touch, and no longer', () => {
	const hand = new Hand();
	expect(hand.moves).toBe(false);
	hand.begin();
	vi.advanceTimersByTime(999);
	expect(hand.moves).toBe(true);
	vi.advanceTimersByTime(1);
	expect(hand.moves).toBe(false);
});

it('does not count a wheel that was turning before the press, however long it turns on', () => {
	const hand = new Hand();
	hand.move();
	hand.end();
	for (let i = 0; i < 20; i++) {
		vi.advanceTimersByTime(30);
		hand.move();
		expect([hand.moves, hand.ebbs]).toEqual([false, true]);
	}
	vi.advanceTimersByTime(200);
	hand.move();
	expect([hand.moves, hand.ebbs]).toEqual([true, false]);
});

it('counts a wheel that begins after the press, and a finger that is put down', () => {
	const hand = new Hand();
	hand.end();
	hand.move();
	expect(hand.moves).toBe(true);
	hand.end();
	hand.begin();
	hand.move();
	expect(hand.moves).toBe(true);
});

it('holds the list from the first turn of a wheel up, and lets it go when that is over or turns down', () => {
	const hand = new Hand();
	const turn = (deltaY: number) => hand.turn(new WheelEvent('wheel', { deltaY }));
	turn(-5);
	expect(hand.holds).toBe(true);
	turn(5);
	expect(hand.holds).toBe(false);
	turn(-5);
	const again = vi.fn();
	hand.later(again);
	vi.advanceTimersByTime(1_000);
	expect([hand.holds, again.mock.calls.length]).toEqual([false, 1]);
	turn(-5);
	hand.end();
	turn(-5);
	expect(hand.holds).toBe(false);
});

it('holds the list when a finger has moved it up, not when it moved up by itself', () => {
	const hand = new Hand();
	hand.scrolled(500);
	expect([hand.scrolled(400), hand.holds]).toEqual([false, false]);
	hand.move();
	expect([hand.scrolled(450), hand.holds]).toEqual([false, false]);
	expect([hand.scrolled(440), hand.holds]).toEqual([true, true]);
});
