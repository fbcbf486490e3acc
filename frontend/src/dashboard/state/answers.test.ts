import { beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../../lib/storage';
import { OperatorError } from '../operator/operator';
import { Answers } from './answers.svelte';
import { message } from './testing';

beforeEach(() => {
	localStorage.clear();
	vi.useFakeTimers();
});

test('what was written to a person stays until it is accepted, and is the same message when sent again', async () => {
	const broadcast = vi
		.fn()
		.mockRejectedValueOnce(new OperatorError('lost', 'Belfry did not answer.'))
		.mockResolvedValue({});
	const answers = new Answers({ broadcast }, new Store('test.'));
	answers.epoch = 'e1';
	answers.write('ana', 'Coming.');
	await expect(answers.send('ana', message(7))).rejects.toMatchObject({ code: 'lost' });
	expect(answers.text('ana')).toBe('Coming.');
	await answers.send('ana', message(7));
	const [first, second] = broadcast.mock.calls.map(([one]) => one);
	expect(second).toEqual(first);
	expect(first).toMatchObject({ user_id: 'ana', message: 'Coming.', reply_to: 7, epoch: 'e1' });
	expect(answers.text('ana')).toBe('');
});

test('each person has a draft of their own, which survives a reload', () => {
	const store = new Store('test.');
	const answers = new Answers({ broadcast: vi.fn() }, store);
	answers.write('ana', 'One');
	answers.write('ben', 'Two');
	answers.write('cleo', 'Three');
	answers.write('cleo', '');
	vi.runAllTimers();
	const again = new Answers({ broadcast: vi.fn() }, store);
	expect(['ana', 'ben', 'cleo'].map((id) => again.text(id))).toEqual(['One', 'Two', '']);
});

test('what is written while a message is on its way is not lost', async () => {
	let accept = (): void => undefined;
	const broadcast = vi.fn(() => new Promise<never>((done) => (accept = done as () => void)));
	const answers = new Answers({ broadcast }, new Store('test.'));
	answers.write('ana', 'Coming.');
	const sent = answers.send('ana');
	answers.write('ana', 'Coming. Stay there.');
	accept();
	await sent;
	expect(answers.text('ana')).toBe('Coming. Stay there.');
});

test('what was typed last is kept when the page ends, and what was sent is not brought back', async () => {
	const store = new Store('test.');
	const broadcast = vi.fn().mockResolvedValue({});
	const answers = new Answers({ broadcast }, store);
	const end = answers.start();
	answers.write('ana', 'Coming.');
	dispatchEvent(new Event('pagehide'));
	expect(new Answers({ broadcast }, store).text('ana')).toBe('Coming.');
	await answers.send('ana');
	expect(new Answers({ broadcast }, store).text('ana')).toBe('');
	end();
});

test('sent again after a reload, it is still the same message', async () => {
	const store = new Store('test.');
	const broadcast = vi.fn().mockRejectedValueOnce(new OperatorError('lost', 'No answer.')).mockResolvedValue({});
	const answers = new Answers({ broadcast }, store);
	answers.write('ana', 'Coming.');
	vi.runAllTimers();
	await expect(answers.send('ana')).rejects.toMatchObject({ code: 'lost' });
	await new Answers({ broadcast }, store).send('ana');
	const [first, second] = broadcast.mock.calls.map(([one]) => (one as { message_id: string }).message_id);
	expect(second).toBe(first);
});

test('two windows of one browser keep what was written in each', () => {
	const store = new Store('test.');
	const [one, other] = [1, 2].map(() => new Answers({ broadcast: vi.fn() }, store));
	const ends = [one!.start(), other!.start()];
	one!.write('ana', 'Coming.');
	other!.write('ben', 'Wait.');
	ends.forEach((end) => end());
	const again = new Answers({ broadcast: vi.fn() }, store);
	expect(['ana', 'ben'].map((id) => again.text(id))).toEqual(['Coming.', 'Wait.']);
});
