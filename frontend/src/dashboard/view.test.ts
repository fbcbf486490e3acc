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

test('what a dialog did closes that dialog alone', async () => {
	const view = new DashboardView();
	const confirmation = { title: 'A', text: '', act: 'Do', go: () => Promise.resolve() };
	view.open = { what: 'confirm', confirmation };
	await view.finish(() => Promise.resolve());
	expect(view.open).toBeUndefined();

	view.open = { what: 'confirm', confirmation };
	await view.finish(() => {
		view.show('keys'); // the operator has left it meanwhile
		return Promise.resolve();
	});
	expect(view.open).toEqual({ what: 'keys' });

	await expect(view.finish(() => Promise.reject(keyNeeded()))).rejects.toMatchObject({ code: 'key_needed' });
	expect(view.open).toEqual({ what: 'keys' });
	const close = view.closer();
	expect([close(), close()]).toEqual([true, false]);
});
