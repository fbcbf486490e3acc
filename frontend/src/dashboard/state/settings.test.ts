import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OperatorError, type OperatorEvent, type SettingsAnswer } from '../operator/operator';
import { Settings } from './settings.svelte';

const operator = {
	settings: vi.fn(() => Promise.resolve({ values: { keep_days: 90 } } as SettingsAnswer)),
	setSettings: vi.fn((change: object) => Promise.resolve({ values: change } as SettingsAnswer)),
	sessions: vi.fn(() => Promise.resolve({ sessions: [] })),
	blocked: vi.fn(() =>
		Promise.resolve({ muted: [{ kind: 'muted' as const, user_id: 'ana', since: '' }], people: [], addresses: [] }),
	),
	audit: vi.fn(() => Promise.resolve({ entries: [], more: false })),
};
let settings: Settings;

beforeEach(() => {
	vi.useFakeTimers();
	vi.clearAllMocks();
	settings = new Settings(operator);
});

afterEach(() => void vi.useRealTimers());

test('an event pulls just what it names, and only while somebody looks', async () => {
	const revs = { settings_rev: 1, sessions_rev: 1, audit_rev: 1, blocked_rev: 1 } as OperatorEvent;
	settings.onevent(revs);
	expect(operator.settings).not.toHaveBeenCalled();
	const end = settings.watch();
	await vi.advanceTimersByTimeAsync(1_000);
	settings.onevent({ ...revs, audit_rev: 2 });
	await vi.advanceTimersByTimeAsync(1_000);
	const calls = [operator.settings, operator.sessions, operator.blocked, operator.audit];
	expect(calls.map((call) => call.mock.calls.length)).toEqual([1, 1, 1, 2]);
	end();
	settings.onevent({ ...revs, settings_rev: 9 });
	await vi.advanceTimersByTimeAsync(1_000);
	expect(operator.settings).toHaveBeenCalledTimes(1);
});

test('a change is shown as the server answers it, and that it was saved is said', async () => {
	await settings.set({ keep_days: 30 });
	expect([settings.numbers.value?.values.keep_days, settings.saved > 0]).toEqual([30, true]);
});

test('what was refused is not saved', async () => {
	const refused = Promise.reject(new OperatorError('not_kept', 'The disk is full.'));
	await expect(settings.keep(refused)).rejects.toThrow('The disk is full.');
	expect(settings.saved).toBe(0);
});

test('who is muted is known of those here, and from the list of those away', async () => {
	expect(settings.isMuted({ user_id: 'ana', muted: false })).toBe(false);
	await settings.blocked.load();
	expect(settings.isMuted({ user_id: 'ana', muted: false })).toBe(true);
	expect(settings.isMuted({ user_id: 'bo', muted: true })).toBe(true);
});
