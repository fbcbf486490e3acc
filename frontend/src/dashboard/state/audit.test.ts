import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AuditEntry } from '../operator/operator';
import { Audit } from './audit.svelte';

let entries: AuditEntry[];
let audit: Audit;

const entry = (n: number): AuditEntry => ({ n, time: '2026-11-23T09:00:00.000Z', what: 'setting', door: 'window' });
const numbers = () => audit.list.map(({ n }) => n);

beforeEach(() => {
	vi.useFakeTimers();
	entries = Array.from({ length: 120 }, (_, i) => entry(120 - i));
	audit = new Audit({
		audit: (before, limit) => {
			const found = entries.filter(({ n }) => before === 0 || n < before);
			return Promise.resolve({ entries: found.slice(0, limit), more: found.length > limit });
		},
	});
});

afterEach(() => void vi.useRealTimers());

test('reads the newest page, then older ones to the end', async () => {
	audit.watch();
	await vi.advanceTimersByTimeAsync(0);
	expect([numbers().at(0), numbers().at(-1), audit.more]).toEqual([120, 71, true]);
	await audit.older();
	await audit.older();
	expect([audit.list.length, numbers().at(-1), audit.more]).toEqual([120, 1, false]);
});

test('what is new comes on top of what was read, and what was counted up replaces itself', async () => {
	audit.watch();
	await vi.advanceTimersByTimeAsync(1_000);
	await audit.older();
	entries = [entry(121), { ...entry(120), count: 2 }, ...entries.slice(1)];
	audit.onrevision(7);
	await vi.advanceTimersByTimeAsync(0);
	expect(numbers().slice(0, 3)).toEqual([121, 120, 119]);
	expect(audit.list[1]?.count).toBe(2);
	expect([audit.list.length, audit.more]).toEqual([101, true]);
});

test('after so many new ones that a gap would be, the older ones are read again', async () => {
	audit.watch();
	await vi.advanceTimersByTimeAsync(1_000);
	entries = [...Array.from({ length: 60 }, (_, i) => entry(200 - i)), ...entries];
	audit.onrevision(7);
	await vi.advanceTimersByTimeAsync(0);
	expect([audit.list.length, numbers().at(-1), audit.more]).toEqual([50, 151, true]);
});
