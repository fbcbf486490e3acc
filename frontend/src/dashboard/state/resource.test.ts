import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pulled } from './resource.svelte';

const pull = vi.fn(() => Promise.resolve(pull.mock.calls.length));

beforeEach(() => {
	vi.useFakeTimers();
	pull.mockClear();
});

afterEach(() => void vi.useRealTimers());

test('is pulled when looked at, and then for each other revision', async () => {
	const pulled = new Pulled(pull);
	pulled.onrevision(1);
	expect(pull).not.toHaveBeenCalled();
	pulled.watch();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(pulled.value).toBe(1);
	pulled.onrevision(1);
	pulled.onrevision(2);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(pulled.value).toBe(2);
});

test('is left alone once nobody looks any more, and keeps its last answer', async () => {
	const pulled = new Pulled(pull);
	const ends = [pulled.watch(), pulled.watch()];
	await vi.advanceTimersByTimeAsync(1_000);
	ends[0]!();
	pulled.onrevision(2);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(pulled.value).toBe(2);
	ends[1]!();
	pulled.onrevision(3);
	await vi.advanceTimersByTimeAsync(1_000);
	expect([pulled.value, pull.mock.calls.length]).toEqual([2, 2]);
});
