import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JoinForm } from '../join/join-form.svelte';
import { FakeServer, memory } from '../testing';
import { Session } from './session.svelte';

/** What the page has said, over all its connections. */
let said: Record<string, unknown>[];
let server: FakeServer;

const dial = () => (server = new FakeServer(said)).wire;

function make(store = memory(), joinForm = new JoinForm(memory())): Session {
	return new Session(store, { url: () => 'ws://test', dial, random: () => 1 }, joinForm);
}

const say = (frame: object) => server.say(frame);
const refuse = (code: string, more = {}) =>
	say({ type: 'error', code, message: 'A sentence.', action: 'hello', ...more });
const welcome = (more = {}) =>
	say({ type: 'welcome', protocol: 1, user_id: 'me', epoch: 'e', seq: 0, time: '', limits: {}, ...more });

function enter(session: Session, code = ''): void {
	session.joinForm.code = code;
	session.enter('Ana');
	server.open();
}

beforeEach(() => {
	said = [];
	vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

describe('The door, with a code', () => {
	it('asks for the code when the server does, and is in with it', () => {
		const session = make();
		expect([session.joinForm.asksCode('open'), session.joinForm.asksCode('code')]).toEqual([false, true]);
		enter(session);
		expect(said[0]).not.toHaveProperty('code');
		refuse('code_needed');
		expect(session.joinForm).toMatchObject({ error: 'A sentence.' });
		expect([session.stage, session.joinForm.asksCode('open')]).toEqual(['join', true]);
		session.joinForm.code = '482 913';
		session.enter('Ana');
		expect(said[1]).toMatchObject({ name: 'Ana', code: '482 913' });
		welcome();
		expect([session.stage, session.joinForm.code]).toEqual(['room', '']);
	});

	it('does not say a wrong code again by itself', () => {
		const session = make();
		enter(session, '111111');
		refuse('code_wrong', { retry_ms: 1_000 });
		expect(session.joinForm).toMatchObject({ error: 'A sentence.', code: '111111', blockedUntil: undefined });
		server.close(1006);
		vi.advanceTimersByTime(60_000);
		server.open();
		expect(said.at(-1)).not.toHaveProperty('code');
	});

	it('waits with the next code until the server looks at it', () => {
		const session = make();
		enter(session, '111111');
		refuse('code_wrong', { retry_ms: 5_000 });
		session.joinForm.code = '222222';
		session.enter('Ana');
		expect(said).toHaveLength(1);
		vi.advanceTimersByTime(5_000);
		expect(said[1]).toMatchObject({ code: '222222' });
	});

	it('says the code of a link without a field, over a reload, until it is in or wrong', () => {
		const kept = memory();
		new JoinForm(kept).takeLinkCode('secret');
		const joinForm = new JoinForm(kept);
		expect(joinForm.asksCode('code')).toBe(false);
		const session = make(memory(), joinForm);
		enter(session);
		expect(said[0]).toMatchObject({ code: 'secret' });
		refuse('code_wrong');
		expect([joinForm.asksCode('code'), new JoinForm(kept).linkCode]).toEqual([true, '']);
		expect(joinForm.error).toMatch(/link/);
	});

	it('is called what the card says', () => {
		const session = make();
		session.joinForm.code = 'AAAA-BBBB';
		session.enter('', false);
		server.open();
		expect(said[0]).not.toHaveProperty('name');
		welcome({ name: 'Ana Lima' });
		expect([session.stage, session.identity.name]).toEqual(['room', 'Ana Lima']);
	});
});

describe('The lobby', () => {
	it('waits over a reload and a broken connection, and opens by itself', () => {
		const store = memory();
		enter(make(store));
		say({ type: 'waiting' });
		vi.advanceTimersByTime(60_000);
		const session = make(store);
		session.start();
		expect([session.stage, session.live]).toEqual(['lobby', false]);
		server.open();
		say({ type: 'waiting' });
		expect(Date.now() - session.joinForm.since!).toBe(60_000);
		server.close(1006);
		expect(session.stage).toBe('lobby');
		session.tryNow();
		server.open();
		welcome();
		expect([session.stage, session.live, session.identity.waiting]).toEqual(['room', true, undefined]);
	});

	it('is left by who does not want to wait', () => {
		const session = make();
		enter(session);
		say({ type: 'waiting' });
		session.stopWaiting();
		expect([session.stage, session.link.at, session.identity.name]).toEqual(['join', 'closed', 'Ana']);
	});

	it('says why one was refused, and stays away, also when the close code is lost', () => {
		const session = make();
		enter(session);
		say({ type: 'waiting' });
		refuse('not_allowed');
		expect([session.stage, session.ended]).toMatchObject(['ended', { kind: 'refused', reason: 'A sentence.' }]);
		vi.advanceTimersByTime(60_000);
		expect([said.length, session.link.at, session.identity.waiting]).toEqual([1, 'closed', undefined]);
	});

	it('says that the lobby is full, and asks again when it was told to', () => {
		const session = make();
		enter(session);
		refuse('full', { retry_ms: 60_000 });
		expect([session.stage, session.trouble]).toMatchObject(['join', { refused: { message: 'A sentence.' } }]);
		vi.advanceTimersByTime(59_000);
		expect([said.length, session.link.at]).toEqual([1, 'open']);
		vi.advanceTimersByTime(1_000);
		expect(said).toHaveLength(2);
		say({ type: 'waiting' });
		expect([session.stage, session.trouble]).toEqual(['lobby', undefined]);
	});

	it('says that it was too quick, at the door and while waiting, and asks again when it was told to', () => {
		const session = make();
		enter(session);
		for (const stage of ['join', 'lobby']) {
			const before = said.length;
			refuse('rate_limited', { retry_ms: 20_000 });
			expect([session.stage, session.trouble]).toMatchObject([
				stage,
				{ until: Date.now() + 20_000, refused: { message: 'A sentence.', final: false } },
			]);
			vi.advanceTimersByTime(19_999);
			expect([said.length, session.link.at]).toEqual([before, 'open']);
			vi.advanceTimersByTime(1);
			expect(said.length).toBe(before + 1);
			say({ type: 'waiting' });
			expect([session.stage, session.trouble]).toEqual(['lobby', undefined]);
			session.rename('Ana Lima');
		}
	});

	it('comes back when the page froze before its hello, wherever it was', () => {
		const store = memory();
		enter(make(store));
		say({ type: 'waiting' });
		const session = make(store);
		session.start();
		const late = server.wire;
		say({ type: 'error', code: 'hello_needed', message: 'A sentence.' });
		late.onclose!({ code: 4002, reason: 'no hello' });
		expect([session.stage, session.link.at, session.notice]).toEqual(['lobby', 'waiting', '']);
		session.tryNow();
		expect(server.wire).not.toBe(late);
		server.open();
		expect(said.at(-1)).toMatchObject({ action: 'hello' });
	});

	it('shows what the server asks now, when the way has changed', () => {
		const session = make();
		enter(session);
		say({ type: 'waiting' });
		refuse('code_needed');
		expect([session.stage, session.joinForm.asksCode(undefined)]).toEqual(['join', true]);
	});
});

describe('A name that is taken', () => {
	it('is answered by one that is free', () => {
		const session = make();
		enter(session);
		refuse('identity_taken', { field: 'name', free: 'Ana 2' });
		expect([session.stage, session.joinForm.nameError, session.joinForm.freeName]).toEqual([
			'join',
			'A sentence.',
			'Ana 2',
		]);
		session.enter(session.joinForm.freeName);
		expect(said[1]).toMatchObject({ name: 'Ana 2' });
		expect(session.joinForm.freeName).toBe('');
	});
});
