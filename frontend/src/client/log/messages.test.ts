import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Message } from '../../lib/protocol';
import { Messages } from './messages.svelte';

const message = (seq: number, more: Partial<Message> = {}): Message => ({
	...{ type: 'message', seq, time: '2026-11-22T10:00:00.000Z', audience: 'topic', topic: 'general' },
	...{ from: { user_id: 'u', name: 'Ana' }, message: `m${seq}` },
	...more,
});

function seqs(messages: Messages): number[] {
	vi.advanceTimersByTime(100);
	return messages.items.map((item) => item.message.seq);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('Messages', () => {
	it('orders by seq, whatever the order of arrival', () => {
		const messages = new Messages();
		for (const seq of [3, 1, 5, 4]) messages.add(message(seq), false);
		expect(seqs(messages)).toEqual([1, 3, 4, 5]);
	});

	it('takes each seq once', () => {
		const messages = new Messages();
		expect(messages.add(message(1), false)).toBeDefined();
		expect(messages.add(message(1), true)).toBeUndefined();
		expect(seqs(messages)).toEqual([1]);
	});

	it('draws a flood a few times a second, but one’s own message at once', () => {
		const messages = new Messages();
		for (const seq of [1, 2, 3]) messages.add(message(seq), false);
		expect(messages.items).toHaveLength(1);
		messages.add(message(4, { id: 'a' }), true);
		expect(messages.items).toHaveLength(4);
		messages.add(message(5), false);
		expect(messages.items).toHaveLength(4);
		vi.advanceTimersByTime(80);
		expect(messages.items).toHaveLength(5);
		expect(vi.getTimerCount()).toBe(0);
	});

	it('finds what an answer means', () => {
		const messages = new Messages();
		const item = messages.add(message(7), false);
		expect(messages.find(0, 7)).toBe(item);
		expect(messages.find(1, 7)).toBeUndefined();
	});

	it('has nothing of another log, though that counts from one again', () => {
		const messages = new Messages();
		messages.add(message(900), false);
		messages.clear();
		messages.add(message(1), false);
		messages.add(message(2), false);
		expect(seqs(messages)).toEqual([1, 2]);
	});

	it('keeps the key of an own message from sending to sent, and no key twice', () => {
		const messages = new Messages();
		expect(messages.add(message(1, { id: 'a' }), true)?.key).toBe('own:a');
		expect(messages.add(message(2, { id: 'a' }), true)?.key).toBe('0:2');
	});

	it('takes back older ones that it let go when they are asked for', () => {
		const messages = new Messages();
		const trimmed: number[] = [];
		messages.ontrim = (from) => trimmed.push(from);
		for (let seq = 1; seq <= 2_100; seq++) messages.add(message(seq), false);
		expect(trimmed).toEqual([101]);
		expect(
			messages.addOlder(
				[message(99), message(100)],
				() => false,
				() => ({}),
			),
		).toHaveLength(2);
		expect(seqs(messages)[0]).toBe(99);
		expect(messages.add(message(98), false)).toBeUndefined();
	});

	it('erases what was withdrawn, at its place', () => {
		const messages = new Messages();
		const told = { title: 'T', ack: 'Yes', priority: 5, tags: ['press-4'], click: 'https://grafana.example.org/' };
		messages.markUnread(messages.add(message(1, told), false)!);
		messages.add(message(2), false);
		expect(messages.withdraw(1)?.message.message).toBe('m1');
		expect(seqs(messages)).toEqual([1, 2]);
		expect(messages.find(0, 1)).toMatchObject({ withdrawn: true, message: { message: '' } });
		expect(JSON.stringify(messages.items)).not.toMatch(/m1|"T"|Yes|press-4|grafana/);
		expect(messages.unread).toEqual([]);
		expect(messages.withdraw(1)).toBeUndefined();
		expect(messages.withdraw(7)).toBeUndefined();
	});

	it('drops what is gone', () => {
		const messages = new Messages();
		for (let seq = 1; seq <= 5; seq++) messages.add(message(seq), false);
		messages.dropBefore(4);
		expect(seqs(messages)).toEqual([4, 5]);
		expect(messages.add(message(3), false)).toBeUndefined();
	});

	it('lets the oldest go beyond 2,000, and does not take them back', () => {
		const messages = new Messages();
		for (let seq = 1; seq <= 2_100; seq++) messages.add(message(seq), false);
		expect(seqs(messages)).toHaveLength(2_000);
		expect(seqs(messages)[0]).toBe(101);
		expect(messages.find(0, 100)).toBeUndefined();
		expect(messages.add(message(50), false)).toBeUndefined();
	});

	it('lets nothing go under the eyes of somebody who reads further up', () => {
		const messages = new Messages();
		messages.reading = true;
		for (let seq = 1; seq <= 3_000; seq++) messages.add(message(seq), false);
		expect(seqs(messages)).toHaveLength(3_000);
		for (let seq = 3_001; seq <= 4_000; seq++) messages.add(message(seq), false);
		expect(seqs(messages)).toHaveLength(2_000);
	});

	it('counts nothing as unread that it let go', () => {
		const messages = new Messages();
		messages.markUnread(messages.add(message(1), false)!);
		for (let seq = 2; seq <= 2_100; seq++) messages.add(message(seq), false);
		expect(messages.unread).toEqual([]);
	});
});
