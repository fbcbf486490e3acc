import { expect, test, vi } from 'vitest';
import { OperatorError } from './operator/operator';
import { DashboardView } from './view.svelte';

vi.stubGlobal('matchMedia', () => ({ matches: true }));

const keyNeeded = () => new OperatorError('key_needed', 'Show the key again.');

test('a verb that wants the key again is called once more when it was shown, over the dialog that is open', async () => {
	const view = new DashboardView();
	view.show('password');
	const call = vi.fn(() => Promise.resolve('done')).mockRejectedValueOnce(keyNeeded());
	const answer = view.proved(call);
	await vi.waitFor(() => expect(view.proving).toBeDefined());
	view.proving!(true);
	await expect(answer).resolves.toBe('done');
	expect(view.proving).toBeUndefined();
	expect(view.open).toEqual({ what: 'password' });
	expect(call).toHaveBeenCalledTimes(2);
});

test('cancelled, it is not called again', async () => {
	const view = new DashboardView();
	const call = vi.fn(() => Promise.reject(keyNeeded()));
	const answer = view.proved(call);
	await vi.waitFor(() => expect(view.proving).toBeDefined());
	view.proving!(false);
	await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
	expect(call).toHaveBeenCalledTimes(1);
});

test('another refusal is told as it is', async () => {
	const view = new DashboardView();
	const refusal = new OperatorError('not_allowed', 'No.');
	await expect(view.proved(() => Promise.reject(refusal))).rejects.toBe(refusal);
	expect(view.proving).toBeUndefined();
});
