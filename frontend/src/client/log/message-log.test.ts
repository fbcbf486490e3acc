import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Message } from '../../lib/protocol';
import type { Store } from '../../lib/storage';
import { Session } from '../connection/session.svelte';
import { FakeServer, memory } from '../testing';
import { ListView } from '../view/list-view.svelte';
import { isGap, isLine } from '../view/rows';
import { Urgent } from '../view/urgent.svelte';
import type { Note } from './missed.svelte';

let server: FakeServer;

const time = '2026-11-22T10:00:00.000Z';
const say = (frame: object) => server.say(frame);
const last = (action: string) => server.frames.findLast((frame) => frame.action === action);
const dial = () => (server = new FakeServer()).wire;

function make(store: Store): Session {
	return new Session(store, { url: () => 'ws://test', dial, random: () => 1 });
}

function welcome(seq: number, epoch = 'e1'): void {
	server.open();
	say({ type: 'welcome', protocol: 1, user_id: 'me', epoch, seq, time, limits: {} });
	say({ type: 'topics', topics: [{ topic: 'general', title: '', kind: 'open', archived: false }] });
}

function inside(store = memory(), seq = 10): Session {
	const session = make(store);
	session.enter('Ana');
	welcome(seq);
	return session;
}

const message = (seq: number, more: Partial<Message> = {}): Message => ({
	...{ type: 'message', seq, time, audience: 'everyone', from: { operator: true, name: '' }, message: `m${seq}` },
	...more,
});
const recovered = (from: number, to: number, more: object = {}) =>
	say({ type: 'recovered', topics: ['general'], from, to, complete: true, gone: false, epoch: 'e1', ...more });

function back(session: Session, seq: number, epoch = 'e1'): void {
	server.close(1006);
	session.tryNow();
	welcome(seq, epoch);
}

function seqs(session: Session): number[] {
	vi.advanceTimersByTime(100);
	return session.messages.items.map((item) => item.message.seq);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('MessageLog, away', () => {
	it('comes back with its place, and says once what it missed', () => {
		const session = inside();
		const notes: (Note | undefined)[] = [];
		session.log.onreturn = (_items, note) => notes.push(note);
		say(message(11));
		back(session, 14);
		expect(server.frames[0]).toMatchObject({
			action: 'hello',
			since: 11,
			epoch: 'e1',
			limit: 200,
			topics: ['general'],
		});
		for (const seq of [11, 12, 14]) say(message(seq));
		recovered(12, 14);
		expect(notes).toEqual([{ batch: 1, count: 2, after: 11 }]);
		expect(seqs(session)).toEqual([11, 12, 14]);
		expect(session.messages.items.map((item) => item.missed)).toEqual([undefined, 1, 1]);
		back(session, 14);
		expect(server.frames[0]).toMatchObject({ since: 14 });
		recovered(15, 14);
		expect(notes).toHaveLength(1);
	});

	it('goes on counting when the connection breaks in between', () => {
		const session = inside();
		back(session, 14);
		say(message(12));
		back(session, 15);
		expect(server.frames[0]).toMatchObject({ since: 10 });
		for (const seq of [12, 15]) say(message(seq));
		recovered(11, 15);
		expect(session.log.missed.note).toEqual({ batch: 1, count: 2, after: 10 });
	});

	it('lets go of what lies before a hole, and guesses no number', () => {
		const session = inside();
		say(message(11));
		back(session, 2_000);
		say(message(1_500));
		recovered(1_001, 2_000, { complete: false });
		expect(session.log.missed.note).toEqual({ batch: 1, count: 1, more: 'held', after: 11 });
		expect(seqs(session)).toEqual([1_500]);
		expect(session.log.older.floor('all')).toBe(1_001);
		back(session, 3_000);
		recovered(2_500, 3_000, { complete: false, gone: true });
		expect(session.log.missed.note).toEqual({ batch: 2, count: 0, more: 'gone', after: 2_000 });
		expect(seqs(session)).toEqual([]);
	});

	it('puts away all of another log', () => {
		const store = memory();
		const session = inside(store);
		say(message(11, { ack: 'Yes', priority: 5 }));
		back(session, 1, 'e2');
		say(message(1));
		recovered(1, 1, { complete: false, gone: true, epoch: 'e2' });
		expect([seqs(session), session.log.missed.newLog, session.log.missed.note]).toEqual([[1], true, undefined]);
		back(session, 1, 'e2');
		expect(server.frames[0]).toMatchObject({ since: 1, epoch: 'e2' });
	});

	it('keeps what it has in the next run of the same log, and sends what waits once it knows', () => {
		const store = memory();
		const session = inside(store);
		say(message(9, { ack: 'Yes', priority: 5 }));
		say(message(11, { ack: 'Yes', priority: 5 }));
		say({ type: 'acked', seq: 9, time });
		session.log.offline();
		session.log.acks.press(11);
		back(session, 14, 'e2');
		session.write({ text: 'an answer', reply_to: 11 });
		say(message(12));
		const early = server.frames.filter(({ action }) => action !== 'hello');
		expect([early, seqs(session)]).toEqual([[], [9, 11]]);
		recovered(12, 14, { epoch: 'e2' });
		expect(seqs(session)).toEqual([9, 11, 12]);
		expect([session.log.missed.newLog, session.log.acks.of(9).at]).toEqual([false, 'done']);
		expect(server.frames).toContainEqual({ action: 'ack', seq: 11 });
		expect(server.frames).toContainEqual(expect.objectContaining({ action: 'notify', reply_to: 11 }));
	});

	it('sends to another log nothing that was meant for the one before', () => {
		const session = inside();
		say(message(9, { ack: 'Yes' }));
		say(message(11));
		session.log.offline();
		session.log.acks.press(9);
		back(session, 30, 'e2');
		session.write({ text: 'an answer', reply_to: 11 });
		for (const seq of [9, 11, 12]) say(message(seq, { message: `new ${seq}`, ack: 'Yes' }));
		recovered(1, 30, { complete: false, gone: true, epoch: 'e2' });
		expect(seqs(session)).toEqual([9, 11, 12]);
		expect(session.messages.all.map((item) => item.message.message)).toEqual(['new 9', 'new 11', 'new 12']);
		expect(session.log.acks.of(9).at).toBe('open');
		expect(server.frames.filter(({ action }) => action === 'ack')).toEqual([]);
		const answer = server.frames.find(({ action }) => action === 'notify');
		expect([answer?.message, answer?.reply_to]).toEqual(['an answer', undefined]);
	});

	it('asks again from the run that it knows where a recovery breaks off', () => {
		const session = inside();
		say(message(11));
		back(session, 30, 'e2');
		say(message(12));
		back(session, 30, 'e3');
		expect(server.frames[0]).toMatchObject({ since: 11, epoch: 'e1' });
		expect(seqs(session)).toEqual([11]);
	});

	it('counts what comes over the old connection, but not how that one stands', () => {
		const session = inside();
		const old = server.wire;
		session.resume(60_000);
		welcome(20);
		old.onmessage?.({ data: JSON.stringify({ type: 'recovered', topics: [], from: 11, to: 15, complete: true }) });
		expect(session.log.isOpen).toBe(true);
		recovered(11, 20);
		expect(session.log.isOpen).toBe(false);
	});

	it('has a topic without a gap from when it is joined', () => {
		const session = inside();
		session.topics.join('kitchen');
		expect(server.frames.at(-1)).toEqual({
			action: 'subscribe',
			topics: ['kitchen'],
			since: 10,
			epoch: 'e1',
			limit: 200,
		});
		say(message(12, { audience: 'topic', topic: 'kitchen' }));
		recovered(11, 12, { topics: ['kitchen'] });
		expect([session.log.older.floor('#kitchen'), session.log.missed.note]).toEqual([11, undefined]);
	});
});

describe('MessageLog, away for long', () => {
	const history = (id: unknown, seqs: number[], more = true, about: Partial<Message> = {}) =>
		say({ type: 'history', id, messages: seqs.map((seq) => message(seq, about)), more, acked: [] });
	const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
	const alarm: Partial<Message> = { priority: 5, ack: 'Understood' };

	/** 11 is the last that the page has; 211 to 410 are sent, and 12 to 210 are left out. */
	function returned(asks: number[] = []) {
		const session = inside();
		say(message(11));
		server.close(1006);
		session.tryNow();
		server.open();
		say({ type: 'welcome', protocol: 1, user_id: 'me', epoch: 'e1', seq: 410, time, limits: {}, asks });
		for (const seq of range(211, 410)) say(message(seq));
		recovered(211, 410, { complete: false });
		return session;
	}

	it('loads what was left out as older messages, counts it, and has no hole', () => {
		const session = returned();
		const loaded: number[] = [];
		session.log.onloaded = (items) => loaded.push(...items.map((item) => item.message.seq));
		expect([seqs(session).length, session.log.older.floor('all')]).toEqual([200, 211]);
		for (const from of [161, 111, 61, 12]) {
			session.log.older.ask('all');
			expect(last('history')).toMatchObject({ before: session.log.older.floor('all') });
			history(last('history')!.id, range(from, Math.min(from + 49, session.log.older.floor('all') - 1)));
		}
		session.log.older.ask('all');
		history(last('history')!.id, [3, 11], false);
		expect(seqs(session)).toEqual([3, ...range(11, 410)]);
		expect(loaded.sort((a, b) => a - b)).toEqual(range(12, 210));
		expect(session.log.missed.note).toMatchObject({ count: 399 });
		expect(session.messages.all.filter(({ missed }) => missed === undefined)).toHaveLength(2);
	});

	it('never tells that what was left out was read', () => {
		const session = inside();
		say(message(11));
		vi.advanceTimersByTime(1_200);
		back(session, 300);
		say(message(300));
		recovered(300, 300, { complete: false });
		session.log.older.ask('all');
		history(last('history')!.id, [12, 13]);
		for (const item of session.messages.all) session.log.shown(item);
		vi.advanceTimersByTime(1_200);
		const told = server.frames.filter(({ action }) => action === 'read' || action === 'received');
		expect(told).toEqual([{ action: 'read', seq: 300 }]);
	});

	it('fetches what waits among it, and asks about that at once', () => {
		const session = returned([30, 400]);
		const view = new ListView(session);
		const urgent = new Urgent(session, view);
		const came: number[] = [];
		session.log.outstanding.oncame = (items) => came.push(...items.map((item) => item.message.seq));
		expect(last('history')).toMatchObject({ before: 31, limit: 1 });
		history(last('history')!.id, [30], true, alarm);
		vi.advanceTimersByTime(100);
		flushSync();
		expect([came, urgent.page?.message.seq]).toEqual([[30], 30]);
		expect(view.rows.filter(isGap)).toHaveLength(1);
		expect(view.rows.findIndex(isGap)).toBeLessThan(
			view.rows.findIndex((row) => isLine(row) && row.item.message.seq === 211),
		);
		say({ type: 'acked', seq: 30, time });
		vi.advanceTimersByTime(100);
		flushSync();
		expect(urgent.page).toBeUndefined();
	});

	it('fetches it again where the connection broke, until it is there or gone', () => {
		const session = returned([30, 40]);
		expect(server.frames.filter(({ action }) => action === 'history')).toHaveLength(2);
		back(session, 410);
		recovered(411, 410);
		const again = server.frames.filter(({ action }) => action === 'history');
		expect(again.map(({ before }) => before)).toEqual([31, 41]);
		history(again[0]!.id, [30], true, alarm);
		history(again[1]!.id, [39]);
		expect(seqs(session).filter((seq) => seq < 211)).toEqual([30]);
		back(session, 410);
		recovered(411, 410);
		expect(last('history')).toBeUndefined();
	});

	it('keeps what waits when it drops the rest, and fetches it anew where it may be gone', () => {
		const session = inside();
		say(message(11, alarm));
		say(message(12, { ack: 'Yes' }));
		say(message(13));
		back(session, 500);
		say(message(500));
		recovered(500, 500, { complete: false });
		expect(seqs(session)).toEqual([11, 12, 500]);
		back(session, 900);
		say(message(900));
		recovered(900, 900, { complete: false, gone: true });
		expect(seqs(session)).toEqual([900]);
		const again = server.frames.filter(({ action }) => action === 'history');
		expect(again.map(({ before }) => before)).toEqual([12, 13]);
	});
});

describe('MessageLog, loaded again', () => {
	it('has what was acknowledged, also when the server was started again meanwhile', () => {
		for (const epoch of ['e1', 'e2']) {
			const store = memory();
			const session = inside(store);
			say(message(11, { ack: 'Yes', priority: 5 }));
			session.log.acks.press(11);
			say({ type: 'acked', seq: 11, time: '' });
			session.log.flush();
			const again = make(store);
			again.start();
			expect(again.log.acks.of(11).at).toBe('done');
			welcome(11, epoch);
			recovered(12, 11, { epoch });
			expect([again.log.acks.of(11).at, server.frames.some(({ action }) => action === 'ack')]).toEqual(['done', false]);
		}
	});

	it('shows at once what it had, and asks for the rest', () => {
		const store = memory();
		const session = inside(store);
		say(message(11, { ack: 'Yes' }));
		say({ type: 'acked', seq: 11, time });
		say(message(12));
		session.log.flush();
		const again = make(store);
		expect(seqs(again)).toEqual([11, 12]);
		expect(again.log.acks.of(11)).toEqual({ at: 'done', time });
		again.start();
		server.open();
		expect(server.frames[0]).toMatchObject({ since: 12, epoch: 'e1' });
	});

	it('keeps no place of a recovery that did not end', () => {
		const store = memory();
		const session = inside(store);
		say(message(11));
		session.log.flush();
		back(session, 20);
		say(message(15));
		session.log.flush();
		const again = make(store);
		again.start();
		server.open();
		expect(server.frames[0]).toMatchObject({ since: 11 });
	});

	it('keeps the newest 300, and knows where they begin', () => {
		const store = memory();
		const session = inside(store);
		for (let seq = 11; seq < 411; seq++) say(message(seq));
		session.log.flush();
		const again = make(store);
		expect([seqs(again)[0], again.log.older.floor('all')]).toEqual([111, 111]);
	});

	it('has nothing of somebody who left, nor of an id that was taken', () => {
		const store = memory();
		const session = inside(store);
		say(message(11));
		session.log.flush();
		session.leave();
		expect(seqs(make(store))).toEqual([]);
	});
});

describe('MessageLog, withdrawn', () => {
	it('erases a message everywhere', () => {
		const store = memory();
		const session = inside(store);
		say(message(11, { message: 'secret' }));
		session.log.flush();
		say({ type: 'withdrawn', seq: 12, of: 11 });
		session.log.flush();
		expect(JSON.stringify([session.messages.items, store.get('kept')])).not.toContain('secret');
		expect(store.get('kept')).toMatchObject({ since: 12, messages: [] });
	});
});

describe('Session, an id that is somebody else’s', () => {
	it('becomes somebody new once, and says hello again', () => {
		const session = make(memory());
		session.enter('Ana');
		server.open();
		const { user_id, token } = session.identity;
		const taken = { type: 'error', code: 'identity_taken', field: 'user_id', action: 'hello', message: 'Taken.' };
		say(taken);
		const hello = last('hello')!;
		expect(hello).toMatchObject({ name: 'Ana' });
		expect(hello.user_id).not.toBe(user_id);
		expect(hello.token).not.toBe(token);
		say(taken);
		expect([session.stage, session.joinForm.nameError]).toEqual(['join', 'Taken.']);
	});
});

describe('Urgent', () => {
	function urgent(session: Session): Urgent {
		return new Urgent(session, new ListView(session));
	}
	const alarm = (seq: number) => message(seq, { priority: 5, ack: 'Understood', title: 'Leave' });
	const page = (of: Urgent) => {
		vi.advanceTimersByTime(100);
		flushSync();
		return of.page?.message.seq;
	};
	const strip = (of: Urgent) => of.strip.map((item) => item.message.seq);

	it('takes the page one after the other, and is done when the server has the answer', () => {
		const session = inside();
		const of = urgent(session);
		say(alarm(11));
		say(alarm(12));
		say(message(13, { ack: 'Understood' }));
		expect(page(of)).toBe(11);
		session.log.acks.press(11);
		expect(page(of)).toBe(11);
		say({ type: 'acked', seq: 11, time });
		expect(page(of)).toBe(12);
	});

	it('counts no press that nobody meant', () => {
		const session = inside();
		const of = urgent(session);
		say(alarm(11));
		page(of);
		of.opened(of.page!);
		vi.advanceTimersByTime(699);
		of.press(of.page!);
		expect(last('ack')).toBeUndefined();
		vi.advanceTimersByTime(1);
		of.seen();
		of.press(of.page!);
		expect(last('ack'), 'as the screen goes on').toBeUndefined();
		vi.advanceTimersByTime(700);
		of.press(of.page!);
		expect(last('ack')).toEqual({ action: 'ack', seq: 11 });
	});

	it('counts those that come one after the other, until none is left', () => {
		const session = inside();
		const of = urgent(session);
		const next = () => {
			if (page(of) !== undefined) of.opened(of.page!);
			else of.closed();
			return of.place;
		};
		say(alarm(11));
		expect(next()).toBeUndefined();
		say(alarm(12));
		expect(next()).toEqual({ at: 1, of: 2 });
		session.log.acks.press(11);
		say({ type: 'acked', seq: 11, time });
		expect(next()).toEqual({ at: 2, of: 2 });
		of.putOff(of.page!);
		expect(next()).toBeUndefined();
		say(alarm(13));
		expect(next()).toBeUndefined();
	});

	it('is a strip when put off, and the page again when the operator asks again', () => {
		const session = inside();
		const of = urgent(session);
		say(alarm(11));
		page(of);
		of.putOff(of.page!);
		expect([page(of), strip(of)]).toEqual([undefined, [11]]);
		say({ type: 'remind', seq: 11 });
		expect(page(of)).toBe(11);
		expect(of.asked(of.page!)).toBeDefined();
	});

	it('fetches what it is reminded of and does not have', () => {
		const session = inside();
		const of = urgent(session);
		const oncame = vi.fn();
		session.log.outstanding.oncame = oncame;
		say({ type: 'remind', seq: 12 });
		const { id, before, limit } = last('history')!;
		expect([before, limit]).toEqual([13, 1]);
		say({ type: 'history', id, messages: [alarm(12)], more: true, acked: [] });
		expect([page(of), oncame.mock.calls.length]).toEqual([12, 1]);
	});

	it('waits until all that was missed is there, and asks nobody about what came before them', () => {
		const session = inside();
		const of = urgent(session);
		back(session, 14);
		say(alarm(12));
		expect(page(of)).toBeUndefined();
		recovered(11, 14);
		expect(page(of)).toBe(12);
		expect(session.log.asking.asks({ ...of.page!, message: alarm(10) })).toBe(false);
	});

	it('leaves a plain question in its row, until it is asked again', () => {
		const session = inside();
		const of = urgent(session);
		say(message(11, { ack: 'Understood' }));
		expect([page(of), strip(of)]).toEqual([undefined, []]);
		say({ type: 'remind', seq: 11 });
		expect([page(of), strip(of)]).toEqual([undefined, [11]]);
	});
});
