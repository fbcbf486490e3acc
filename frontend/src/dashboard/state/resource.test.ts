import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Resource } from './resource.svelte';

const pull = vi.fn(() => Promise.resolve(pull.mock.calls.length));

beforeEach(() => {
	vi.useFakeTimers();
	pull.mockClear();
});

afterEach(() => void vi.useRealTimers());

test('is resource when looked at, and then for each other revision', async () => {
	const resource = new Resource(pull);
	resource.onrevision(1);
	expect(pull).not.toHaveBeenCalled();
	resource.watch();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(resource.value).toBe(1);
	resource.onrevision(1);
	resource.onrevision(2);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(resource.value).toBe(2);
});

test('is left alone once nobody looks any more, and keeps its last answer', async () => {
	const resource = new Resource(pull);
	const ends = [resource.watch(), resource.watch()];
	await vi.advanceTimersByTimeAsync(1_000);
	ends[0]!();
	resource.onrevision(2);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(resource.value).toBe(2);
	ends[1]!();
	resource.onrevision(3);
	await vi.advanceTimersByTimeAsync(1_000);
	expect([resource.value, pull.mock.calls.length]).toEqual([2, 2]);
});
