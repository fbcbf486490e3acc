import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff';

describe('Backoff', () => {
	it('doubles its limit up to the cap', () => {
		const backoff = new Backoff({ random: () => 1 });
		expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([
			500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000,
		]);
	});

	it('draws from the whole range below the limit', () => {
		expect(new Backoff({ random: () => 0 }).next()).toBe(0);
		expect(new Backoff({ random: () => 0.5 }).next()).toBe(250);
	});

	it('stays at the cap after very many tries', () => {
		const backoff = new Backoff({ random: () => 1 });
		for (let i = 0; i < 5_000; i++) backoff.next();
		expect(backoff.next()).toBe(20_000);
	});

	it('begins anew after a reset', () => {
		const backoff = new Backoff({ random: () => 1 });
		backoff.next();
		backoff.next();
		backoff.reset();
		expect(backoff.next()).toBe(500);
	});

	it('spreads a named wait over its upper half', () => {
		expect(new Backoff({ random: () => 0 }).spread(1_000)).toBe(500);
		expect(new Backoff({ random: () => 1 }).spread(1_000)).toBe(1_000);
	});
});
