import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Item } from '../log/messages.svelte';
import { FakeServer, memory } from '../testing';
import { Session } from './session.svelte';

/** The server's end of the one connection that is open. */
class Far extends FakeServer {
	static last: Far;
	constructor() {
		super();
		Far.last = this;
	}
	welcome(epoch = 'e1') {
		this.say({ type: 'welcome', protocol: 1, user_id: 'me', epoch, seq: 0, time, limits: {} });
		this.say({ type: 'topics', topics: [topic('general'), topic('kitchen'), topic('safety', 'announce')] });
		if (this.frames[0]?.since === undefined) return;
		this.say({ type: 'recovered', topics: ['general'], from: 1, to: 0, complete: true, gone: false, epoch });
	}
}

const time = '2026-11-22T10:00:00.000Z';
const topic = (name: string, kind = 'open') => ({ topic: name, title: '', kind, archived: false });
const from = (user_id: string) => ({ user_id, name: 'Somebody' });

function make(store = memory()): Session {
	return new Session(store, { url: () => 'ws://test', dial: () => new Far().wire, random: () => 1 });
}

function inside(store = memory()): Session {
	const session = make(store);
	session.enter('Ana');
	Far.last.open();
	Far.last.welcome();
	return session;
}

function back(session: Session, epoch = 'e1'): void {
	session.tryNow();
	Far.last.open();
	Far.last.welcome(epoch);
}

function texts(session: Session): string[] {
	vi.advanceTimersByTime(100);
	return session.messages.items.map((item) => item.message.message);
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('Session, coming in', () => {
	it('waits at the door for a name', () => {
		const session = make();
		session.start();
		session.enter('   ');
		expect(session.joinForm.nameError).not.toBe('');
		expect(session.link.at).toBe('idle');
	});

	it('says hello with name, id and topics, and is in the room when welcomed', () => {
		const session = make();
		session.enter('  Ana   Lima ');
		Far.last.open();
		const { user_id, token } = session.identity;
		expect(token).toMatch(/^[\w-]{43}$/);
		expect(Far.last.frames).toEqual([{ action: 'hello', name: 'Ana Lima', user_id, token, topics: ['general'] }]);
		expect(session.stage).toBe('join');
		Far.last.welcome();
		expect([session.stage, session.live]).toEqual(['room', true]);
	});

	it('comes in by itself when the page is loaded again, as the same person', () => {
		const store = memory();
		const { user_id } = inside(store).identity;
		const again = make(store);
		again.start();
		Far.last.open();
		expect(Far.last.last).toMatchObject({ action: 'hello', name: 'Ana', user_id, token: again.identity.token });
	});

	it('goes back to the door when the name is refused, and says hello again with another', () => {
		const session = make();
		session.enter('Ana');
		Far.last.open();
		Far.last.say({ type: 'error', code: 'name_refused', message: 'Not that name.', action: 'hello' });
		expect([session.stage, session.joinForm.nameError]).toEqual(['join', 'Not that name.']);
		session.enter('Rosa');
		expect(Far.last.last).toMatchObject({ action: 'hello', name: 'Rosa' });
		Far.last.welcome();
		expect(session.stage).toBe('room');
	});

	it('says hello again when it was too quick', () => {
		make().enter('Ana');
		Far.last.open();
		Far.last.say({ type: 'error', code: 'rate_limited', message: 'Slow.', action: 'hello', retry_ms: 2_000 });
		vi.advanceTimersByTime(2_000);
		expect(Far.last.frames).toHaveLength(2);
	});

	it('takes another name, and the old one back when it is refused', () => {
		const session = inside();
		session.rename('Rosa');
		expect(Far.last.last).toMatchObject({ action: 'hello', name: 'Rosa' });
		Far.last.say({ type: 'error', code: 'name_refused', message: 'No.', action: 'hello' });
		expect([session.identity.name, session.live, session.stage]).toEqual(['Ana', true, 'room']);
	});
});

describe('Session, messages', () => {
	it('shows an own message once: first its echo, then "accepted"', () => {
		const session = inside();
		session.write({ text: 'hi', topic: 'general' });
		const { id } = Far.last.last!;
		const { user_id } = session.identity;
		const echo = { type: 'message', seq: 5, id, time, audience: 'topic', topic: 'general', from: from(user_id) };
		Far.last.say({ ...echo, message: 'hi' });
		Far.last.say({ type: 'accepted', id, seq: 5, time });
		expect(texts(session)).toEqual(['hi']);
		expect(session.outbox.items).toEqual([]);
	});

	it('shows an own message once: first "accepted", then its echo', () => {
		const session = inside();
		session.write({ text: 'hi' });
		const { id } = Far.last.last!;
		Far.last.say({ type: 'accepted', id, seq: 5, time });
		expect(session.messages.items[0]).toMatchObject({ own: true, message: { audience: 'private', seq: 5 } });
		const { user_id } = session.identity;
		const echo = { type: 'message', seq: 5, id, time, audience: 'private', from: from(user_id), message: 'hi' };
		Far.last.say(echo);
		expect(texts(session)).toEqual(['hi']);
	});

	it('shows it once when the answer was lost and it went out twice', () => {
		const session = inside();
		session.write({ text: 'hi' });
		const { id } = Far.last.last!;
		Far.last.close(1006);
		expect(session.live).toBe(false);
		back(session);
		expect(Far.last.last).toMatchObject({ action: 'notify', id, message: 'hi' });
		Far.last.say({ type: 'accepted', id, seq: 5, time });
		expect(texts(session)).toEqual(['hi']);
	});

	it('tells of messages of others, not of one’s own and not of one seen before', () => {
		const session = inside();
		const heard: Item[] = [];
		session.log.onarrival = (item) => heard.push(item);
		const message = { type: 'message', seq: 1, time, audience: 'everyone', from: from('other'), message: 'a' };
		Far.last.say(message);
		Far.last.say(message);
		Far.last.say({ ...message, seq: 2, from: from(session.identity.user_id) });
		Far.last.say({ ...message, seq: 3, from: { operator: true, name: '' } });
		expect(heard.map((item) => item.message.seq)).toEqual([1, 3]);
	});

	it('takes messages of a log that began anew, though their numbers were seen', () => {
		const session = inside();
		const message = { type: 'message', seq: 1, time, audience: 'everyone', from: from('other') };
		Far.last.say({ ...message, message: 'old' });
		const onnewlog = vi.fn();
		session.onnewlog = onnewlog;
		Far.last.close(1006);
		back(session, 'e2');
		Far.last.say({ ...message, message: 'new' });
		expect(texts(session)).toEqual(['new']);
		expect(onnewlog).toHaveBeenCalledTimes(1);
	});

	it('passes over frames that it does not know', () => {
		const session = inside();
		for (const frame of [{ type: 'waves' }, {}, { type: 'message' }, { type: 'topics', topics: [1] }]) {
			Far.last.say(frame);
		}
		expect(session.live).toBe(true);
		expect(texts(session)).toEqual([]);
	});
});

describe('Session, what was queued for a topic', () => {
	const queued = (session: Session) => {
		session.topics.join('kitchen');
		Far.last.say({ type: 'recovered', topics: ['kitchen'], from: 1, to: 0, complete: true, gone: false, epoch: 'e1' });
		Far.last.close(1006);
		session.write({ text: 'for the kitchen', topic: 'kitchen' });
		session.write({ text: 'for the operator' });
	};
	const notified = () => Far.last.frames.filter(({ action }) => action === 'notify').map(({ message }) => message);
	const parted = () => Far.last.say({ type: 'parted', topics: ['kitchen'] });
	const welcome = { type: 'welcome', protocol: 1, user_id: 'me', epoch: 'e1', seq: 0, time, limits: {} };
	const topics = { type: 'topics', topics: [topic('general'), topic('kitchen')] };
	const recovered = { type: 'recovered', topics: [], from: 1, to: 0, complete: true, gone: false, epoch: 'e1' };

	it('waits until it is known that they are still in it', () => {
		const session = inside();
		queued(session);
		session.tryNow();
		Far.last.open();
		Far.last.say(welcome);
		Far.last.say(topics);
		vi.advanceTimersByTime(1_000);
		expect(notified()).toEqual([]);
		parted();
		Far.last.say(recovered);
		expect(notified()).toEqual(['for the operator']);
		expect(session.outbox.items[0]).toMatchObject({ text: 'for the kitchen', state: 'failed', parted: true });
	});

	it('goes out in its order where they are', () => {
		const session = inside();
		queued(session);
		back(session);
		expect(notified()).toEqual(['for the kitchen']);
	});

	it('is not sent either by a page that has lost its place', () => {
		const store = memory();
		queued(inside(store));
		store.remove('kept');
		const again = make(store);
		again.start();
		Far.last.open();
		expect(Far.last.frames[0]!.since).toBeUndefined();
		for (const frame of [welcome, topics]) Far.last.say(frame);
		parted();
		vi.advanceTimersByTime(0);
		expect(notified()).toEqual(['for the operator']);
	});
});

describe('Session, topics', () => {
	it('joins and leaves, and remembers it', () => {
		const store = memory();
		const session = inside(store);
		session.topics.join('kitchen');
		expect(Far.last.last).toEqual({ action: 'subscribe', topics: ['kitchen'], since: 0, epoch: 'e1', limit: 200 });
		session.topics.part('general');
		expect(Far.last.last).toEqual({ action: 'unsubscribe', topics: ['general'] });
		expect(make(store).identity.topics).toEqual(['kitchen']);
	});

	it('goes back when the server knows no such topic, and says so', () => {
		const session = inside();
		session.topics.join('kitchen');
		Far.last.say({ type: 'error', code: 'unknown_topic', message: 'No such topic.', action: 'subscribe' });
		expect(session.topics.isJoined('kitchen')).toBe(false);
		expect(session.notice).toBe('No such topic.');
	});

	it('says all of it once more when it was too quick', () => {
		const session = inside();
		session.topics.join('kitchen');
		Far.last.say({ type: 'error', code: 'rate_limited', message: 'x', action: 'subscribe', retry_ms: 500 });
		vi.advanceTimersByTime(500);
		expect(Far.last.frames.slice(-2)).toEqual([
			{ action: 'subscribe', topics: ['general', 'kitchen'] },
			{ action: 'unsubscribe', topics: ['safety'] },
		]);
	});

	it('joins again a topic that was gone and is back', () => {
		const session = inside();
		session.topics.join('kitchen');
		Far.last.say({ type: 'topics', topics: [topic('general')] });
		const before = Far.last.frames.length;
		Far.last.say({ type: 'topics', topics: [topic('general'), topic('kitchen'), topic('other')] });
		expect(Far.last.frames.slice(before)).toEqual([{ action: 'subscribe', topics: ['kitchen'] }]);
	});

	it('leaves it to hello to join what was there before', () => {
		const session = inside();
		session.topics.join('kitchen');
		Far.last.close(1006);
		back(session);
		expect(Far.last.frames.map((frame) => frame.action)).toEqual(['hello']);
	});

	it('offers for writing only open topics that one is in', () => {
		const session = inside();
		session.topics.join('safety');
		expect(session.topics.writable.map((known) => known.topic)).toEqual(['general']);
	});
});

describe('Session, away', () => {
	it('says nothing of a connection that is back at once', () => {
		const session = inside();
		Far.last.close(1006);
		expect(session.trouble).toBeUndefined();
		expect(session.live).toBe(false);
	});

	it('says what is wrong until it is welcomed again', () => {
		const session = inside();
		Far.last.close(1001, 'retry_ms=8000');
		expect(session.trouble).toMatchObject({ cause: 'restarting', until: Date.now() + 8_000 });
		session.tryNow();
		expect(session.trouble).toEqual({ cause: 'restarting', refused: undefined });
		Far.last.open();
		Far.last.welcome();
		expect(session.trouble).toBeUndefined();
	});
});

describe('Session, the end', () => {
	it('stays away after being removed, with the operator’s words, also when the page is loaded again', () => {
		const store = memory();
		const session = inside(store);
		Far.last.say({ type: 'error', code: 'removed', message: 'Use your own phone.' });
		expect(session.ended).toMatchObject({ kind: 'removed', reason: 'Use your own phone.' });
		const before = Far.last;
		vi.advanceTimersByTime(3_600_000);
		session.resume(Infinity);
		make(store).start();
		expect(Far.last).toBe(before);
		session.enter(session.identity.name);
		expect(Far.last).not.toBe(before);
	});

	it('knows it from the close code alone', () => {
		const session = inside();
		Far.last.close(4001, 'Bye.');
		expect(session.ended).toMatchObject({ kind: 'removed', reason: 'Bye.' });
	});

	it('stays away when it is not let in', () => {
		const session = make();
		session.enter('Ana');
		Far.last.open();
		Far.last.say({ type: 'error', code: 'not_allowed', message: 'Register first.', action: 'hello' });
		Far.last.close(4003);
		expect([session.stage, session.ended?.kind, session.ended?.reason]).toEqual([
			'ended',
			'refused',
			'Register first.',
		]);
	});

	it('knows a block, in the room and at the door, and forgets it once the person asks again', () => {
		const session = inside();
		Far.last.say({ type: 'error', code: 'not_allowed', message: 'Please talk to us.', blocked: true });
		Far.last.close(4003, 'blocked');
		expect(session.ended).toMatchObject({ kind: 'blocked', reason: 'Please talk to us.' });
		session.toJoinForm();
		session.enter('Ana');
		Far.last.open();
		Far.last.say({ type: 'error', code: 'not_allowed', message: 'Not yet.', action: 'hello', blocked: true });
		expect(session.ended).toMatchObject({ kind: 'blocked', reason: 'Not yet.' });
		session.toJoinForm();
		session.enter('Ana');
		Far.last.open();
		Far.last.say({ type: 'error', code: 'not_allowed', message: 'Full.', action: 'hello' });
		expect(session.ended).toMatchObject({ kind: 'refused', reason: 'Full.' });
	});

	it('leaves, and forgets who it was', () => {
		const store = memory();
		const session = inside(store);
		const { user_id } = session.identity;
		session.write({ text: 'unsent' });
		session.leave();
		expect(Far.last.last).toEqual({ action: 'leave' });
		expect(session.stage).toBe('join');
		const again = make(store);
		again.start();
		expect(again.stage).toBe('join');
		expect(again.identity.name).toBe('');
		expect(again.identity.user_id).not.toBe(user_id);
		expect(again.outbox.items).toEqual([]);
	});

	it('is at the door when the server says that it left', () => {
		const session = inside();
		Far.last.close(1000);
		expect(session.stage).toBe('join');
	});
});
