import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PASSES, type Refused } from './refusal';
import { Socket, type Link, type SocketOptions, type Wire } from './socket';

class FakeWire implements Wire {
	static all: FakeWire[] = [];
	readyState: Wire['readyState'] = WebSocket.CONNECTING;
	onopen: Wire['onopen'] = null;
	onmessage: Wire['onmessage'] = null;
	onclose: Wire['onclose'] = null;
	sent: unknown[] = [];
	hungUp = false;
	constructor() {
		FakeWire.all.push(this);
	}
	send(data: unknown) {
		this.sent.push(JSON.parse(String(data)));
	}
	close() {
		this.hungUp = true;
		this.readyState = WebSocket.CLOSED;
	}
	opens() {
		this.readyState = WebSocket.OPEN;
		this.onopen?.();
	}
	says(frame: unknown) {
		this.onmessage?.({ data: JSON.stringify(frame) });
	}
	drops(code = 1006, reason = '') {
		this.readyState = WebSocket.CLOSED;
		this.onclose?.({ code, reason });
	}
}

const last = () => FakeWire.all.at(-1)!;
const dials = () => FakeWire.all.length;

function make(options: Partial<SocketOptions> = {}) {
	const heard: unknown[] = [];
	const links: Link[] = [];
	const onopen = vi.fn();
	const socket = new Socket({
		url: () => 'ws://test/ws/client',
		dial: () => new FakeWire(),
		random: () => 1,
		onopen,
		onframe: (frame) => heard.push(frame),
		onlink: (link) => links.push(link),
		...options,
	});
	return { socket, heard, links, onopen };
}

function connected(options: Partial<SocketOptions> = {}) {
	const made = make(options);
	made.socket.open();
	last().opens();
	made.socket.ready();
	return made;
}

beforeEach(() => {
	FakeWire.all = [];
	vi.useFakeTimers();
});
afterEach(() => {
	expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
	vi.useRealTimers();
});

describe('Socket', () => {
	it('dials, opens and passes frames on', () => {
		const { socket, heard, onopen } = connected();
		last().says({ type: 'counts' });
		last().onmessage?.({ data: 'not JSON' });
		expect(onopen).toHaveBeenCalledTimes(1);
		expect(heard).toEqual([{ type: 'counts' }]);
		expect(socket.send({ action: 'leave' })).toBe(true);
		expect(last().sent).toEqual([{ action: 'leave' }]);
	});

	it('sends nothing while it is not open', () => {
		const { socket } = make();
		expect(socket.send({})).toBe(false);
		socket.open();
		expect(socket.send({})).toBe(false);
	});

	it.each([1006, 1009, 4002, 1007])('comes back after %i', (code) => {
		connected();
		last().drops(code);
		vi.advanceTimersByTime(500);
		expect(dials()).toBe(2);
	});

	it.each([1000, 4001, 4003])('never comes back by itself after %i', (code) => {
		const { socket } = connected();
		last().drops(code, 'because');
		vi.advanceTimersByTime(3_600_000);
		socket.resume(60_000);
		socket.retryNow();
		expect(dials()).toBe(1);
		expect(socket.link).toEqual({ at: 'closed', code, reason: 'because' });
		socket.open();
		expect(dials()).toBe(2);
	});

	it('waits longer after each failure', () => {
		const { socket } = make();
		socket.open();
		for (const wait of [500, 1_000, 2_000, 4_000]) {
			const before = dials();
			last().drops();
			vi.advanceTimersByTime(wait - 1);
			expect(dials()).toBe(before);
			vi.advanceTimersByTime(1);
			expect(dials()).toBe(before + 1);
		}
	});

	it('goes on waiting longer when each connection breaks at once', () => {
		const { socket } = connected();
		last().drops();
		vi.advanceTimersByTime(500);
		last().opens();
		socket.ready();
		last().drops();
		vi.advanceTimersByTime(999);
		expect(dials()).toBe(2);
	});

	it('begins with short waits again after a connection that lasted', () => {
		const { socket } = make();
		socket.open();
		for (let i = 0; i < 6; i++) {
			last().drops();
			vi.advanceTimersByTime(20_000);
		}
		last().opens();
		socket.ready();
		vi.advanceTimersByTime(60_000);
		const before = dials();
		last().drops();
		vi.advanceTimersByTime(500);
		expect(dials()).toBe(before + 1);
	});

	it('gives up a dial after 5 s, and a hello without an answer after 10 s', () => {
		make().socket.open();
		vi.advanceTimersByTime(5_000);
		expect(last().hungUp).toBe(true);
		vi.advanceTimersByTime(500);
		expect(dials()).toBe(2);
		last().opens();
		vi.advanceTimersByTime(10_000 + 1_000);
		expect(dials()).toBe(3);
	});

	it('takes an address that cannot be dialled as a failure', () => {
		const { socket } = make({
			dial: () => {
				throw new SyntaxError('no such scheme');
			},
		});
		socket.open();
		expect(socket.link.at).toBe('waiting');
		socket.close();
	});

	it('comes back when the server said, spread over the upper half', () => {
		const { socket } = connected({ random: () => 0 });
		last().drops(1001, 'retry_ms=4000');
		expect(socket.link).toMatchObject({ at: 'waiting', cause: 'restarting' });
		vi.advanceTimersByTime(1_999);
		expect(dials()).toBe(1);
		vi.advanceTimersByTime(1);
		expect(dials()).toBe(2);
	});

	it('has no timer after close, and calls nothing', () => {
		const { socket, links, heard } = connected();
		const wire = last();
		socket.close();
		wire.says({ type: 'counts' });
		wire.drops();
		expect(vi.getTimerCount()).toBe(0);
		expect(heard).toEqual([]);
		expect(links.at(-1)).toEqual({ at: 'closed', code: 1000, reason: '' });
		expect(wire.hungUp).toBe(true);
	});
});

describe('Socket, back from sleep', () => {
	it('dials at once when it was waiting', () => {
		const { socket } = make();
		socket.open();
		last().drops();
		socket.resume(0);
		expect(dials()).toBe(2);
	});

	it('trusts an open socket after a short while', () => {
		const { socket } = connected();
		socket.resume(14_000);
		expect(dials()).toBe(1);
	});

	it('replaces an open socket after a long one, and lets it go only when the new one is ready', () => {
		const { socket, heard, links } = connected();
		const old = last();
		links.length = 0;
		socket.resume(16_000);
		expect(dials()).toBe(2);
		old.says({ seq: 1 });
		expect(socket.send({ n: 1 })).toBe(true);
		expect(old.sent).toEqual([{ n: 1 }]);
		last().opens();
		socket.send({ n: 2 });
		expect(last().sent).toEqual([{ n: 2 }]);
		old.says({ seq: 2 });
		expect(old.hungUp).toBe(false);
		socket.ready();
		expect(old.hungUp).toBe(true);
		expect(heard).toEqual([{ seq: 1 }, { seq: 2 }]);
		expect(links.every((link) => link.at === 'open')).toBe(true);
	});

	it('says that it connects once the old socket turns out to be dead', () => {
		const { socket } = connected();
		const old = last();
		socket.suspect();
		old.drops();
		expect(socket.link.at).toBe('connecting');
		last().opens();
		expect(socket.link.at).toBe('open');
	});

	it('lets both go when the new one fails', () => {
		const { socket } = connected();
		const old = last();
		socket.suspect();
		last().drops();
		expect(old.hungUp).toBe(true);
		expect(socket.link.at).toBe('waiting');
	});

	it('dials anew when the dial itself slept', () => {
		const { socket } = make();
		socket.open();
		const first = last();
		socket.resume(60_000);
		expect(first.hungUp).toBe(true);
		expect(dials()).toBe(2);
	});

	it('does not ask a stopping server before its time, but after it', () => {
		const { socket } = connected();
		last().drops(1001, 'retry_ms=10000');
		socket.resume(1_000);
		expect(dials()).toBe(1);
		vi.setSystemTime(Date.now() + 20_000);
		socket.resume(20_000);
		expect(dials()).toBe(2);
	});

	it('comes back slowly while nobody looks', () => {
		connected({ hidden: () => true });
		last().drops();
		vi.advanceTimersByTime(19_999);
		expect(dials()).toBe(1);
		vi.advanceTimersByTime(1);
		expect(dials()).toBe(2);
	});
});

describe('Socket, refused', () => {
	const full: Refused = { code: 'full', message: 'The room is full.', retry_ms: 30_000, final: false };

	it('says why, and waits as long as it is told', async () => {
		const { socket } = make({ probe: () => Promise.resolve(full) });
		socket.open();
		last().drops();
		await vi.advanceTimersByTimeAsync(0);
		expect(socket.link).toMatchObject({ at: 'waiting', cause: 'refused', refused: full });
		await vi.advanceTimersByTimeAsync(29_999);
		expect(dials()).toBe(1);
		await vi.advanceTimersByTimeAsync(1);
		expect(dials()).toBe(2);
	});

	it('blames what is in between once a second handshake fails that should succeed', async () => {
		const passes: Refused = { code: PASSES, message: 'Nothing passes.', final: false };
		const { socket } = make({ probe: () => Promise.resolve(passes) });
		socket.open();
		last().drops();
		await vi.advanceTimersByTimeAsync(0);
		expect(socket.link).toMatchObject({ at: 'waiting', cause: 'unreachable' });
		socket.retryNow();
		last().drops();
		await vi.advanceTimersByTimeAsync(0);
		expect(socket.link).toMatchObject({ at: 'waiting', cause: 'refused', refused: passes });
		const before = dials();
		await vi.advanceTimersByTimeAsync(60_000);
		expect(dials()).toBeGreaterThan(before);
	});

	it('stays away after a refusal for good', async () => {
		const { socket } = make({ probe: () => Promise.resolve({ ...full, final: true }) });
		socket.open();
		last().drops();
		await vi.advanceTimersByTimeAsync(3_600_000);
		expect(socket.link).toMatchObject({ at: 'closed', code: 4003, reason: 'The room is full.' });
		expect(dials()).toBe(1);
	});

	it('does not ask when the connection had been open', () => {
		const probe = vi.fn(() => Promise.resolve(full));
		connected({ probe });
		last().drops();
		expect(probe).not.toHaveBeenCalled();
	});

	it('drops an answer that comes too late', async () => {
		let answer: (refused: Refused) => void = () => {};
		const { socket } = make({ probe: () => new Promise((resolve) => (answer = resolve)) });
		socket.open();
		last().drops();
		socket.retryNow();
		answer({ ...full, final: true });
		await vi.advanceTimersByTimeAsync(0);
		expect(socket.link.at).toBe('connecting');
	});
});
