import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Message } from '../../lib/protocol';
import { Session } from '../connection/session.svelte';
import { memory } from '../testing';
import { ListView } from './list-view.svelte';
import { isLine, isPending, isSince, rowKey } from './rows';

let session: Session;
let view: ListView;

afterEach(() => void vi.useRealTimers());
beforeEach(() => {
	vi.useFakeTimers();
	session = new Session(memory(), { url: () => '' });
	session.log.older.begin(['general', 'kitchen'], 1);
	view = new ListView(session);
});

function arrive(seq: number, more: Partial<Message> = {}) {
	const message: Message = {
		...{ type: 'message', seq, time: '2026-11-22T10:00:00.000Z', audience: 'topic', topic: 'general' },
		...{ from: { user_id: 'u', name: 'Ana' }, message: `m${seq}` },
		...more,
	};
	const item = session.messages.add(message, false)!;
	view.arrived(item);
	vi.advanceTimersByTime(100);
	return item;
}

const shown = () => view.rows.filter(isLine).map(({ item }) => item.message.seq);

describe('ListView', () => {
	it('shows everything, or one topic, or the conversation with the operator, and in each what goes to everyone', () => {
		arrive(1);
		arrive(2, { topic: 'kitchen' });
		arrive(3, { audience: 'private', topic: undefined });
		arrive(4, { audience: 'private', topic: 'kitchen' });
		arrive(5, { audience: 'everyone', topic: undefined });
		expect(shown()).toEqual([1, 2, 3, 4, 5]);
		view.show('#kitchen');
		expect(shown()).toEqual([2, 5]);
		view.show('operator');
		expect(shown()).toEqual([3, 4, 5]);
	});

	it('puts a day above its first message, and what is not sent at the end', () => {
		arrive(1, { time: '2026-11-21T12:00:00.000Z' });
		arrive(2, { time: '2026-11-22T12:00:00.000Z' });
		arrive(3, { time: '2026-11-22T12:01:00.000Z' });
		session.outbox.add({ text: 'mine' });
		const kinds = view.rows.map((row) => (isPending(row) ? 'pending' : isLine(row) ? 'item' : 'day'));
		expect(kinds.slice(0, 5)).toEqual(['day', 'item', 'day', 'item', 'item']);
		expect(kinds.at(-1)).toBe('pending');
	});

	it('has no key twice, also when a clock was set back', () => {
		for (const [i, day] of ['21', '22', '21', '22'].entries()) arrive(i + 1, { time: `2026-11-${day}T12:00:00.000Z` });
		const keys = view.rows.map(rowKey);
		expect(new Set(keys).size).toBe(keys.length);
	});

	it('gives the same row for the same message each time', () => {
		arrive(1);
		const before = view.rows.at(-1);
		arrive(2);
		expect(view.rows.at(-2)).toBe(before);
	});

	it('counts as unread what came elsewhere, further down or in the background', () => {
		view.show('#general');
		arrive(1);
		expect(session.messages.unread).toHaveLength(0);
		arrive(2, { topic: 'kitchen' });
		expect([view.unread('#kitchen').length, view.unreadElsewhere.length]).toEqual([1, 1]);
		view.follow(false);
		arrive(3);
		expect(view.unread('#general').length).toBe(1);
		view.follow(true);
		expect(view.unread('#general').length).toBe(0);
		view.hide(true);
		arrive(4);
		expect(view.unread('#general').length).toBe(1);
		view.hide(false);
		expect([view.fresh?.message.seq, view.following]).toEqual([4, false]);
		view.follow(true);
		expect(view.unread('#general').length).toBe(0);
		view.show('all');
		expect([view.fresh?.message.seq, session.messages.unread.length]).toEqual([2, 1]);
		view.follow(true);
		expect(session.messages.unread).toHaveLength(0);
	});

	it('counts what goes to everyone once, and has it read everywhere when it was shown anywhere', () => {
		view.show('#general');
		view.follow(false);
		const item = arrive(1, { audience: 'everyone', topic: undefined });
		expect([view.unread('all').length, view.unread('#general').length, view.unread('#kitchen').length]).toEqual([
			1, 0, 0,
		]);
		expect([view.unreadHere.length, view.unreadElsewhere.length]).toEqual([1, 0]);
		view.onScreen(item, true);
		vi.advanceTimersByTime(400);
		expect(view.unread('all').length).toBe(0);
	});

	it('stays at its end where nothing of what was missed is shown', () => {
		view.show('#general');
		const item = session.messages.add({ ...arrive(9).message, seq: 10, topic: 'kitchen' }, false)!;
		view.returned([item], { batch: 1, count: 1, after: 9 });
		expect(view.following).toBe(true);
	});

	it('has one heading for what one person writes in a row', () => {
		const at = (minute: number) => ({ time: `2026-11-22T10:${minute}:00.000Z` });
		arrive(1, at(10));
		arrive(2, at(20));
		arrive(3, at(36));
		arrive(4, { ...at(37), topic: 'kitchen' });
		arrive(5, { ...at(38), topic: 'kitchen', from: { user_id: 'b', name: 'Ben' } });
		arrive(6, { ...at(39), topic: 'kitchen', from: { user_id: 'b', name: 'Ben' } });
		arrive(7, { ...at(39), audience: 'everyone', topic: undefined, from: { operator: true, name: 'Operator' } });
		arrive(8, {
			...at(39),
			audience: 'everyone',
			topic: undefined,
			from: { operator: true, name: 'Operator' },
			ack: 'Yes',
		});
		for (const [seq, program] of [
			[9, true],
			[10, true],
			[11, undefined],
		] as const)
			arrive(seq, { ...at(39), audience: 'everyone', topic: undefined, from: { program, name: 'Ben' } });
		const joined = view.rows.filter(isLine).filter((line) => line.joined);
		expect(joined.map(({ item }) => item.message.seq)).toEqual([2, 6, 10]);
		const before = view.rows.at(-1);
		arrive(12);
		expect(view.rows.at(-2)).toBe(before);
	});

	it('keeps an urgent message in sight until it was seen', () => {
		view.show('#general');
		const item = arrive(1, { audience: 'private', topic: undefined, priority: 5 });
		arrive(2, { priority: 5 });
		arrive(3, { audience: 'everyone', topic: undefined, priority: 5 });
		expect(view.urgent).toEqual([item]);
		expect(view.shows(item)).toBe(false);
		view.seen(item);
		expect(view.urgent).toEqual([]);
	});

	it('goes back to everything when the shown topic is left', () => {
		view.show('#general');
		view.part('general');
		flushSync();
		expect(view.channel).toBe('all');
		expect(session.topics.isJoined('general')).toBe(false);
	});

	it('marks where a return began, in each channel, and begins there once', () => {
		arrive(1);
		session.log.missed.note = { batch: 3, count: 2, after: 1 };
		for (const [seq, topic] of [
			[2, 'general'],
			[3, 'kitchen'],
		] as const) {
			const message = { type: 'message', seq, time: '2026-11-22T10:00:00.000Z', audience: 'topic', topic } as const;
			session.messages.add({ ...message, from: { name: '' }, message: '' }, false, { missed: 3 });
		}
		vi.advanceTimersByTime(100);
		const mark = () => view.rows.find(isSince)!;
		expect(mark().first.message.seq).toBe(2);
		expect([view.begin(mark()), view.begin(mark())]).toEqual([true, false]);
		view.show('#kitchen');
		expect(mark().first.message.seq).toBe(3);
		expect(view.begin(mark())).toBe(false);
	});

	it('leaves what was missed unread until it was looked at', () => {
		const items = [1, 2].map((seq) => session.messages.add({ ...arrive(seq + 10).message, seq }, false)!);
		view.returned(items, { batch: 1, count: 2, after: 0 });
		expect([view.following, session.messages.unread.length]).toEqual([false, 2]);
		const shown = vi.spyOn(session.log, 'shown');
		view.onScreen(items[0]!, true);
		view.onScreen(items[1]!, true);
		view.onScreen(items[1]!, false);
		vi.advanceTimersByTime(400);
		expect(shown.mock.calls).toEqual([[items[0]]]);
		expect(session.messages.unread).toEqual([items[1]]);
	});

	it('shows the newest after a long absence, and counts the rest as unread until it was seen', () => {
		const note = (session.log.missed.note = { batch: 3, count: 2, after: 1, more: 'held' });
		session.log.older.raise(9);
		view.follow(false);
		const items = [9, 10].map((seq) => {
			const message = { type: 'message', seq, time: '2026-11-22T10:00:00.000Z', audience: 'everyone' } as const;
			return session.messages.add({ ...message, from: { name: '' }, message: '' }, false, { missed: 3 })!;
		});
		view.returned(items, note);
		vi.advanceTimersByTime(100);
		expect([view.following, view.begin(view.rows.find(isSince)!)]).toEqual([true, false]);
		expect(view.count(view.unread('all'))).toBe('2+');
		view.onScreen(items[1]!, true);
		vi.advanceTimersByTime(400);
		expect(session.messages.unread).toEqual([items[0]]);
		view.hide(true);
		view.hide(false);
		expect(view.following).toBe(true);
	});

	it('has read nothing on a page that is not in front', () => {
		const item = arrive(1);
		const shown = vi.spyOn(session.log, 'shown');
		view.inFront = () => false;
		view.onScreen(item, true);
		vi.advanceTimersByTime(400);
		expect(shown).not.toHaveBeenCalled();
		view.inFront = () => true;
		view.look();
		vi.advanceTimersByTime(400);
		expect(shown).toHaveBeenCalledExactlyOnceWith(item);
	});

	it('shows nothing from before the floor: there are holes', () => {
		session.log.older.raise(3);
		for (const seq of [1, 2, 3, 4]) arrive(seq);
		expect(shown()).toEqual([3, 4]);
	});
});
