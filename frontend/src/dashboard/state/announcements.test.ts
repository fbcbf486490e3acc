import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../lib/protocol';
import type { FindQuery } from '../operator/operator';
import { Announcements } from './announcements.svelte';
import { ReceiptWatcher } from './receipts.svelte';
import { message } from './testing';

const NOW = Date.parse('2026-11-22T10:00:00Z');

const announcement = (seq: number, more: Partial<Message> = {}): Message =>
	message(seq, { time: '2026-11-22T09:00:00.000Z', from: { operator: true, name: 'Operator' }, ...more });

let log: Message[];
let acked: Record<number, number>;
let closed: Record<number, string>;
let indexed: number;
let calls: string[];
let announcements: Announcements;
let receipts: ReceiptWatcher;

beforeEach(() => {
	vi.useFakeTimers();
	[log, acked, closed, calls] = [[], {}, {}, []];
	indexed = Infinity;
	receipts = new ReceiptWatcher({
		receipts: (seqs) =>
			Promise.resolve({
				receipts: seqs.map((seq) => ({
					seq,
					sent: 2,
					received: 2,
					read: 2,
					acked: acked[seq] ?? 0,
					guests: 0,
					closed: closed[seq],
				})),
				repeats: {},
			}),
	});
	announcements = new Announcements(
		{
			search: ({ before, limit = 50 }: FindQuery) => {
				const found = log.filter(({ seq }) => seq <= indexed && (!before || seq < before)).reverse();
				const last = log.at(-1)?.seq ?? 0;
				return Promise.resolve({ messages: found.slice(0, limit), more: found.length > limit, indexed, last });
			},
			writeAgain: (seq, missing, text, id) => {
				calls.push([seq, missing, text, id].join());
				return Promise.resolve(2);
			},
			stopRepeat: (seq) => {
				calls.push(`stop ${seq}`);
				return Promise.resolve();
			},
			closeAnnouncement: (seq, epoch) => {
				closed[seq] = '2026-11-22T09:30:00.000Z';
				calls.push(`close ${seq} of ${epoch}`);
				return Promise.resolve();
			},
			reopenAnnouncement: (seq) => {
				delete closed[seq];
				return Promise.resolve();
			},
		},
		receipts,
		() => NOW,
	);
});

afterEach(() => {
	announcements.end();
	receipts.stop();
	vi.useRealTimers();
});

const seqs = () => announcements.list.map(({ seq }) => seq);

test('lists what the operator told, newest first, and older ones on request', async () => {
	for (let seq = 1; seq <= 60; seq++) log.push(announcement(seq));
	await announcements.load();
	expect([seqs()[0], seqs().length, announcements.more]).toEqual([60, 50, true]);
	await announcements.older();
	expect([seqs().at(-1), seqs().length, announcements.more]).toEqual([1, 60, false]);
});

test('new ones join at the head; what is private or of a person does not', async () => {
	log.push(announcement(1));
	await announcements.load();
	announcements.onmessages([
		announcement(2),
		announcement(3, { audience: 'private', user_id: 'ana' }),
		announcement(4, { from: { user_id: 'ana', name: 'Ana' } }),
		announcement(5),
	]);
	expect(seqs()).toEqual([5, 2, 1]);
	announcements.onmessages([announcement(5)]);
	expect(seqs()).toEqual([5, 2, 1]);
	const from = { program: true, name: 'grafana' };
	announcements.onmessages([
		announcement(6, { from }),
		announcement(7, { from, audience: 'private', user_id: 'ana' }),
		announcement(8, { from, audience: 'topic', topic: 'line-2' }),
	]);
	expect(seqs()).toEqual([8, 6, 5, 2, 1]);
});

test('one that asks for a press is open until all have pressed, and not for ever', async () => {
	acked[3] = 2;
	log.push(
		announcement(1, { ack: 'Understood', time: '2026-11-21T09:00:00.000Z' }),
		announcement(2, { ack: 'Understood' }),
		announcement(3, { ack: 'Understood' }),
		announcement(4, { priority: 5 }),
		announcement(5),
	);
	await announcements.load();
	await vi.advanceTimersByTimeAsync(1000);
	expect(announcements.open.map(({ seq }) => seq)).toEqual([2]);
	acked[2] = 2;
	receipts.onrevision(1);
	await vi.advanceTimersByTimeAsync(1000);
	expect(announcements.open).toEqual([]);
});

test('a closed one waits for nobody, and does again when it is opened', async () => {
	log.push(announcement(1, { ack: 'Understood' }), announcement(2, { ack: 'Understood' }));
	announcements.epoch = 'e1';
	await announcements.load();
	await vi.advanceTimersByTimeAsync(1000);
	await announcements.close(announcement(2));
	await vi.advanceTimersByTimeAsync(1000);
	expect(calls).toEqual(['close 2 of e1']);
	expect(announcements.open.map(({ seq }) => seq)).toEqual([1]);
	await announcements.reopen(announcement(2));
	await vi.advanceTimersByTimeAsync(1000);
	expect(announcements.open.map(({ seq }) => seq)).toEqual([2, 1]);
});

test('put away, its strip gives way to the next one, and it still counts', async () => {
	log.push(announcement(1, { ack: 'Understood' }), announcement(2, { ack: 'Understood' }));
	await announcements.load();
	await vi.advanceTimersByTimeAsync(1000);
	expect(announcements.nagging?.seq).toBe(2);
	announcements.putAway(announcement(2));
	expect(announcements.nagging?.seq).toBe(1);
	announcements.putAway(announcement(1));
	expect([announcements.nagging, announcements.open.length]).toEqual([undefined, 2]);
});

test('what is withdrawn leaves the list, also while it is open', async () => {
	log.push(announcement(1), announcement(2));
	await announcements.load();
	announcements.chosen = announcements.list[0];
	announcements.onwithdrawn([2]);
	expect([seqs(), announcements.chosen]).toEqual([[1], undefined]);
});

test('writing again names the message, what is missing, and one id', async () => {
	expect(await announcements.writeAgain(announcement(7), 'ack', 'Please', 'id-1')).toBe(2);
	await announcements.stopRepeat(announcement(7));
	expect(calls).toEqual(['7,ack,Please,id-1', 'stop 7']);
});

test('what was said just before is listed once the index has it', async () => {
	log = [announcement(1), announcement(2)];
	indexed = 1;
	await announcements.load();
	expect(announcements.list.map(({ seq }) => seq)).toEqual([1]);
	indexed = 2;
	await vi.advanceTimersByTimeAsync(500);
	expect(announcements.list.map(({ seq }) => seq)).toEqual([2, 1]);
});
