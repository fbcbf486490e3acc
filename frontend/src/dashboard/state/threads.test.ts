import { expect, test, vi } from 'vitest';
import type { HistoryPage } from '../operator/operator';
import { Threads } from './threads.svelte';
import { message } from './testing';

const from = (seq: number) => message(seq, { audience: 'private', user_id: 'ana' });
const chat = (seq: number) => message(seq, { audience: 'topic', topic: 'general' });
const page = (more: boolean, ...messages: HistoryPage['messages']): HistoryPage => ({ messages, more });
const seqs = (threads: Threads) => threads.messages.map(({ seq }) => seq);

test('a conversation is what was said privately, read page by page past what they wrote in topics', async () => {
	const history = vi
		.fn()
		.mockResolvedValueOnce(page(true, chat(50), chat(60)))
		.mockResolvedValueOnce(page(true, from(40), chat(45)))
		.mockResolvedValueOnce(page(false, from(10)));
	const threads = new Threads({ history });
	threads.open('ana');
	await vi.waitFor(() => expect(seqs(threads)).toEqual([40]));
	expect(history).toHaveBeenLastCalledWith(expect.objectContaining({ user_id: 'ana', before: 50 }));
	await threads.older();
	expect(seqs(threads)).toEqual([10, 40]);
	expect(threads.more).toBe(false);
});

test('what comes while the first page is on its way is there once', async () => {
	let answer = (_: HistoryPage): void => undefined;
	const threads = new Threads({ history: () => new Promise((done) => (answer = done)) });
	threads.open('ana');
	threads.onmessages([
		from(8),
		from(9),
		message(10),
		{ ...from(11), user_id: 'ben', from: { user_id: 'ben', name: '' } },
	]);
	answer(page(false, from(7), from(8)));
	await vi.waitFor(() => expect(threads.loading).toBe(false));
	expect(seqs(threads)).toEqual([7, 8, 9]);
	threads.ondeleted([8]);
	expect(seqs(threads)).toEqual([7, 9]);
});

test('another conversation takes the place of one that is still being read', async () => {
	const pending: ((answer: HistoryPage) => void)[] = [];
	const threads = new Threads({ history: () => new Promise((done) => pending.push(done)) });
	threads.open('ana');
	threads.open('ben');
	pending[0]!(page(false, from(1)));
	pending[1]!(page(false, { ...from(2), user_id: 'ben' }));
	await vi.waitFor(() => expect(threads.loading).toBe(false));
	expect(seqs(threads)).toEqual([2]);
});

test('what could not be read is said, and read again', async () => {
	const history = vi
		.fn()
		.mockRejectedValueOnce(new Error('lost'))
		.mockResolvedValue(page(false, from(1)));
	const threads = new Threads({ history });
	threads.open('ana');
	await vi.waitFor(() => expect(threads.failed).toBe(true));
	await threads.load();
	expect(threads.failed).toBe(false);
	expect(seqs(threads)).toEqual([1]);
});
