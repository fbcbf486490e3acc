import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../lib/storage';
import { Alarm } from './alarm.svelte';
import { Preferences } from './preferences.svelte';

/** What a browser without anything to play sound has: resume() stays without an answer. */
class Mute {
	state = 'suspended';
	resume(): Promise<void> {
		return new Promise((done) => (allow = () => done()));
	}
}
let allow = () => {};

function touch(hasBeenActive: boolean | undefined): Alarm {
	vi.stubGlobal('AudioContext', Mute);
	vi.stubGlobal('navigator', { userActivation: hasBeenActive === undefined ? undefined : { hasBeenActive } });
	const alarm = new Alarm(new Preferences(new Store('test')));
	alarm.unlock();
	return alarm;
}

describe('sound that does not start', () => {
	beforeEach(() => vi.useFakeTimers());
	afterEach(() => {
		vi.useRealTimers();
		vi.unstubAllGlobals();
	});

	it('is given up a while after the touch, until it starts after all', async () => {
		const alarm = touch(true);
		expect([alarm.blocked, alarm.silent]).toEqual([true, false]);
		vi.advanceTimersByTime(3_000);
		expect([alarm.blocked, alarm.silent]).toEqual([true, true]);
		allow();
		await vi.advanceTimersByTimeAsync(0);
		expect([alarm.blocked, alarm.silent]).toEqual([false, false]);
	});

	it.each([false, undefined])('asks for another touch where this one allowed nothing: %s', (active) => {
		const alarm = touch(active);
		vi.advanceTimersByTime(10_000);
		expect([alarm.blocked, alarm.silent]).toEqual([true, false]);
	});
});
