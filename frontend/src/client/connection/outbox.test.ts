import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientFrame, ErrorFrame } from '../../lib/protocol';
import { memory } from '../testing';
import { late, Outbox, type Pending } from './outbox.svelte';

type Notify = Extract<ClientFrame, { action: 'notify' }>;

const sent: Notify[] = [];
const onstall = vi.fn();
let reachable = true;
const joined = new Set<string>();

function make(store = memory()): Outbox {
	const send = (frame: ClientFrame) => {
		if (reachable) sent.push(frame as Notify);
		return reachable;
	};
	return new Outbox({ store, send, onstall, isIn: (topic) => joined.has(topic) });
}

const states = (outbox: Outbox) => outbox.items.map((item) => item.state);
const error = (item: Pending | Notify, code: string, more: Partial<ErrorFrame> = {}): ErrorFrame => ({
	type: 'error',
	code,
	message: 'A sentence.',
	id: item.id,
	...more,
});

beforeEach(() => {
	vi.useFakeTimers();
	sent.length = 0;
	onstall.mockClear();
	reachable = true;
	joined.clear();
	joined.add('kitchen');
});
afterEach(() => vi.useRealTimers());

describe('Outbox', () => {
	it('sends one at a time, in the order of writing', () => {
		const outbox = make();
		outbox.online();
		outbox.add({ text: 'one', topic: 'kitchen', reply_to: 7 });
		outbox.add({ text: 'two' });
		expect(sent).toEqual([{ action: 'notify', id: expect.any(String), message: 'one', topic: 'kitchen', reply_to: 7 }]);
		expect(states(outbox)).toEqual(['sending', 'waiting']);
		expect(outbox.settle(sent[0]!.id!)?.text).toBe('one');
		expect(sent[1]).toEqual({ action: 'notify', id: expect.any(String), message: 'two' });
	});

	it('keeps what is written offline, and sends it when back', () => {
		const outbox = make();
		outbox.add({ text: 'one' });
		outbox.add({ text: 'two' });
		expect(sent).toEqual([]);
		expect(states(outbox)).toEqual(['waiting', 'waiting']);
		outbox.online();
		expect(sent.map((frame) => frame.message)).toEqual(['one']);
	});

	it('sends again under the same id what was under way when the connection dropped', () => {
		const outbox = make();
		outbox.online();
		outbox.add({ text: 'one' });
		outbox.offline();
		expect(states(outbox)).toEqual(['waiting']);
		expect(vi.getTimerCount()).toBe(0);
		outbox.online();
		expect(sent).toHaveLength(2);
		expect(sent[1]).toEqual(sent[0]);
	});

	it('waits when it is too quick, and then goes on by itself in order', () => {
		const outbox = make();
		outbox.online();
		outbox.add({ text: 'one' });
		outbox.add({ text: 'two' });
		outbox.refuse(error(sent[0]!, 'rate_limited', { retry_ms: 3_000 }));
		expect(states(outbox)).toEqual(['waiting', 'waiting']);
		vi.advanceTimersByTime(2_999);
		expect(sent).toHaveLength(1);
		vi.advanceTimersByTime(1);
		expect(sent[1]).toEqual(sent[0]);
		outbox.settle(sent[0]!.id!);
		expect(sent[2]!.message).toBe('two');
	});

	it('does not forget the pause when something else is written meanwhile', () => {
		const outbox = make();
		outbox.online();
		outbox.add({ text: 'one' });
		outbox.refuse(error(sent[0]!, 'rate_limited', { retry_ms: 3_000 }));
		outbox.add({ text: 'two' });
		expect(sent).toHaveLength(1);
	});

	it('keeps what a machine refuses that is cut off, and sends it again', () => {
		const outbox = make();
		outbox.online();
		outbox.add({ text: 'one' });
		outbox.refuse(error(sent[0]!, 'not_kept', { retry_ms: 2_000 }));
		expect(states(outbox)).toEqual(['waiting']);
		vi.advanceTimersByTime(2_000);
		expect(sent[1]).toEqual(sent[0]);
	});

	it('says why one failed, and goes on with the next', () => {
		const outbox = make();
		outbox.online();
		const first = outbox.add({ text: 'one' });
		outbox.add({ text: 'two' });
		outbox.refuse(error(first, 'not_kept'));
		expect(outbox.items[0]).toMatchObject({ state: 'failed', reason: 'no room left on the server' });
		expect(states(outbox)).toEqual(['failed', 'sending']);
	});

	it('shows the server’s own sentence for what it does not know', () => {
		const outbox = make();
		outbox.online();
		outbox.refuse(error(outbox.add({ text: 'one' }), 'muted'));
		expect(outbox.items[0]!.reason).toBe('A sentence.');
	});

	it('tries a failed one again, last, under the same id', () => {
		const outbox = make();
		outbox.online();
		const first = outbox.add({ text: 'one' });
		outbox.refuse(error(first, 'not_kept'));
		outbox.add({ text: 'two' });
		outbox.retry(first.id);
		expect(outbox.items.map((item) => item.text)).toEqual(['two', 'one']);
		outbox.settle(outbox.items[0]!.id);
		expect(sent.at(-1)).toMatchObject({ id: first.id, message: 'one' });
		expect(outbox.items[0]!.reason).toBeUndefined();
	});

	it('takes another id when the server knows another message by this one', () => {
		const outbox = make();
		outbox.online();
		const first = outbox.add({ text: 'one' });
		outbox.refuse(error(first, 'id_conflict'));
		expect(outbox.items[0]!.id).not.toBe(first.id);
		outbox.retry(outbox.items[0]!.id);
		expect(sent.at(-1)).toMatchObject({ message: 'one' });
		expect(sent.at(-1)!.id).not.toBe(first.id);
	});

	it('takes a server that stops for a lost connection, not for a refusal', () => {
		const outbox = make();
		outbox.online();
		outbox.refuse(error(outbox.add({ text: 'one' }), 'closing'));
		expect(states(outbox)).toEqual(['waiting']);
	});

	it('deletes what failed or waits, but not what is under way', () => {
		const outbox = make();
		outbox.online();
		const first = outbox.add({ text: 'one' });
		const second = outbox.add({ text: 'two' });
		outbox.discard(first.id);
		outbox.discard(second.id);
		expect(outbox.items.map((item) => item.text)).toEqual(['one']);
	});

	it('doubts the connection when no word comes of it', () => {
		const outbox = make();
		outbox.online();
		outbox.add({ text: 'one' });
		vi.advanceTimersByTime(10_000);
		expect(onstall).toHaveBeenCalledTimes(1);
		outbox.offline();
		vi.advanceTimersByTime(60_000);
		expect(onstall).toHaveBeenCalledTimes(1);
	});

	it('knows an answer that comes twice', () => {
		const outbox = make();
		outbox.online();
		const first = outbox.add({ text: 'one' });
		expect(outbox.settle(first.id)).toBeDefined();
		expect(outbox.settle(first.id)).toBeUndefined();
		outbox.refuse(error(first, 'not_kept'));
		expect(outbox.items).toEqual([]);
	});
});

describe('Outbox, for a topic that its writer is not in any more', () => {
	it('keeps what waits for it, and goes on with the next', () => {
		const store = memory();
		const outbox = make(store);
		outbox.add({ text: 'one', topic: 'kitchen' });
		vi.advanceTimersByTime(1);
		outbox.add({ text: 'two' });
		joined.clear();
		outbox.online();
		expect(sent.map(({ message }) => message)).toEqual(['two']);
		expect(outbox.items[0]).toMatchObject({ text: 'one', topic: 'kitchen', state: 'failed', parted: true });
		expect(outbox.items[0]!.unsure).toBeUndefined();
		expect(make(store).items[0]).toMatchObject({ text: 'one', state: 'failed', parted: true });
	});

	it('asks again at each try, and sends once they are in it again', () => {
		const outbox = make();
		outbox.online();
		joined.clear();
		const { id } = outbox.add({ text: 'one', topic: 'kitchen' });
		outbox.retry(id);
		expect([sent, outbox.items[0]!.parted]).toEqual([[], true]);
		joined.add('kitchen');
		outbox.retry(id);
		expect(sent).toMatchObject([{ id, message: 'one', topic: 'kitchen' }]);
		expect(outbox.items[0]!.parted).toBeUndefined();
	});

	it('sends it to the operator alone, as another message: the server may have the first', () => {
		const store = memory();
		const outbox = make(store);
		outbox.online();
		const { id } = outbox.add({ text: 'one', topic: 'kitchen', reply_to: 7 });
		outbox.offline();
		joined.clear();
		outbox.online();
		expect(outbox.items[0]).toMatchObject({ state: 'failed', parted: true, unsure: true });
		outbox.toOperator(id);
		expect(sent.at(-1)).toEqual({ action: 'notify', id: expect.any(String), message: 'one', reply_to: 7 });
		expect(sent.at(-1)!.id).not.toBe(id);
		expect(make(store).items).toHaveLength(1);
	});

	it('knows after a reload that the server may have it, and that it has not what it refused', () => {
		const store = memory();
		const outbox = make(store);
		outbox.online();
		const first = outbox.add({ text: 'one', topic: 'kitchen' });
		expect(make(store).items[0]!.unsure).toBe(true);
		outbox.refuse(error(first, 'not_kept'));
		expect(make(store).items[0]!.unsure).toBeUndefined();
	});
});

describe('Outbox, loaded again', () => {
	it('still has what was not sent, in order', () => {
		const store = memory();
		const outbox = make(store);
		outbox.online();
		outbox.add({ text: 'one' });
		vi.advanceTimersByTime(1);
		const failed = outbox.add({ text: 'two' });
		outbox.settle(sent[0]!.id!);
		outbox.refuse(error(failed, 'not_kept'));
		vi.advanceTimersByTime(1);
		outbox.add({ text: 'three' });
		const again = make(store);
		expect(again.items.map(({ text, state }) => [text, state])).toEqual([
			['two', 'failed'],
			['three', 'waiting'],
		]);
	});

	it('passes over what it cannot read', () => {
		const store = memory();
		store.set('out.a', { id: 1 });
		store.set('out.b', null);
		expect(make(store).items).toEqual([]);
	});

	it('has nothing after it was cleared', () => {
		const store = memory();
		const outbox = make(store);
		outbox.add({ text: 'one' });
		outbox.clear();
		expect(make(store).items).toEqual([]);
	});

	it('answers nothing of another log', () => {
		const store = memory();
		const outbox = make(store);
		outbox.add({ text: 'one', reply_to: 4 });
		outbox.dropReplies();
		expect(make(store).items[0]!.reply_to).toBeUndefined();
	});
});

it('calls late what was written a minute ago or more', () => {
	const written = new Date().toISOString();
	const item: Pending = { id: 'a', text: 'x', written, state: 'waiting' };
	vi.advanceTimersByTime(59_000);
	expect(late(item)).toBeUndefined();
	vi.advanceTimersByTime(1_000);
	expect(late(item)).toBe(written);
});
