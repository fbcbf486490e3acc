import { expect, test, vi } from 'vitest';
import { OperatorError } from '../operator/operator';
import { Submission } from './submission.svelte';

test('is busy until it is answered, and then done', async () => {
	let answer = () => {};
	const done = vi.fn();
	const form = new Submission(() => new Promise<void>((resolve) => (answer = resolve)), done);
	const handedIn = form.submit();
	expect(form.busy).toBe(true);
	await form.submit();
	answer();
	await handedIn;
	expect([form.busy, form.refusal, done.mock.calls.length]).toEqual([false, '', 1]);
});

test('says what it was refused with, until it is handed in again', async () => {
	const done = vi.fn();
	let refused = true;
	const form = new Submission(async () => {
		if (refused) throw new OperatorError('not_kept', 'The disk is full.');
	}, done);
	await form.submit();
	expect([form.busy, form.refusal, done.mock.calls.length]).toEqual([false, 'The disk is full.', 0]);
	refused = false;
	await form.submit();
	expect([form.refusal, done.mock.calls.length]).toEqual(['', 1]);
});
