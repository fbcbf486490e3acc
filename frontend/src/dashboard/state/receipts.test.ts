import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReceiptWatcher, isDone, notYet } from './receipts.svelte';

const counts = (seq: number) => ({ seq, sent: 3, received: 2, read: 1, acked: 0, guests: 0 });

let asked: [number[], boolean][];
let fails: boolean;
let receipts: ReceiptWatcher;

beforeEach(() => {
	vi.useFakeTimers();
	[asked, fails] = [[], false];
	receipts = new ReceiptWatcher({
		receipts: (seqs, detail) => {
			asked.push([seqs, detail]);
			if (fails) return Promise.reject(new Error('lost'));
			return Promise.resolve({ receipts: seqs.map(counts), repeats: { '7': { every: 2, times: 5 } } });
		},
	});
});

afterEach(() => {
	receipts.stop();
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('only what is watched is asked for, and again when something changed', async () => {
	const unwatch = receipts.watch(7);
	receipts.watch(9, true);
	await pass(1000);
	expect(receipts.get(7)).toMatchObject({ sent: 3, repeat: { every: 2, times: 5 } });
	expect(receipts.get(9)?.repeat).toBeUndefined();
	asked.length = 0;
	unwatch();
	receipts.onrevision(2);
	await pass(1000);
	expect(asked).toEqual([[[9], true]]);
	receipts.onrevision(2);
	await pass(1000);
	expect(asked).toHaveLength(1);
});

test('however fast receipts come, they are pulled at most twice a second', async () => {
	receipts.watch(7);
	await pass(1000);
	asked.length = 0;
	for (let rev = 1; rev <= 100; rev++) {
		receipts.onrevision(rev);
		await pass(20);
	}
	expect(asked.length).toBeGreaterThan(1);
	expect(asked.length).toBeLessThanOrEqual(5);
});

test('a pull that fails asks for everything the next time', async () => {
	receipts.watch(7);
	await pass(1000);
	fails = true;
	receipts.onrevision(1);
	await pass(1000);
	fails = false;
	asked.length = 0;
	receipts.watch(8);
	await pass(1000);
	expect(asked).toEqual([[[7, 8], false]]);
});

test('two who look at the same message ask once, and it is kept until both look away', async () => {
	const first = receipts.watch(7);
	const second = receipts.watch(7);
	await pass(1000);
	expect(asked).toEqual([[[7], false]]);
	first();
	receipts.onrevision(1);
	await pass(1000);
	expect(asked).toHaveLength(2);
	second();
	receipts.onrevision(2);
	await pass(1000);
	expect(asked).toHaveLength(2);
});

test('done is what the message asks for', () => {
	const who = { user_id: 'a', name: '', connected: true, received: 't', read: 't', acked: '' };
	expect([isDone(who, true), isDone(who, false)]).toEqual([false, true]);
	expect([notYet(counts(1), true), notYet(counts(1), false)]).toEqual([3, 2]);
});

test('the names of very many are pulled seldom, their counts as ever', async () => {
	let read = 0;
	const details: boolean[] = [];
	const who = Array.from({ length: 501 }, (_, i) => ({
		user_id: `u${i}`,
		name: '',
		connected: true,
		received: '',
		read: '',
		acked: '',
	}));
	receipts = new ReceiptWatcher({
		receipts: (seqs, detail) => {
			if (seqs.length > 0) details.push(detail);
			const answer = seqs.map((seq) => ({ ...counts(seq), read, ...(detail ? { who } : {}) }));
			return Promise.resolve({ receipts: answer, repeats: {} });
		},
	});
	receipts.watch(7, true);
	await pass(1000);
	read = 3;
	receipts.onrevision(1);
	await pass(1000);
	expect(details).toEqual([true, false]);
	expect([receipts.get(7)?.read, receipts.get(7)?.who?.length]).toEqual([3, 501]);
	await pass(5000);
	expect(details).toEqual([true, false, true]);
	await pass(20_000);
	expect(details).toHaveLength(3);
});
