import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ErrorFrame } from '../../lib/protocol';
import { memory } from '../testing';
import { Acks } from './acks.svelte';

const sent = vi.fn(() => true);
const refusal = (code: string, more: Partial<ErrorFrame> = {}): ErrorFrame => ({
	...{ type: 'error', action: 'ack', message: 'A sentence.', seq: 7, code },
	...more,
});

beforeEach(() => {
	vi.useFakeTimers();
	sent.mockClear();
});
afterEach(() => vi.useRealTimers());

describe('Acks', () => {
	it('is done only when the server says so', () => {
		const acks = new Acks(memory(), sent);
		acks.online('e');
		expect(acks.of(7).at).toBe('open');
		acks.press(7);
		acks.press(7);
		expect(sent).toHaveBeenCalledExactlyOnceWith({ action: 'ack', seq: 7 });
		expect(acks.of(7).at).toBe('sending');
		acks.acked(7, 'now');
		acks.acked(7, 'later');
		expect(acks.of(7)).toEqual({ at: 'done', time: 'now' });
	});

	it('waits offline, also while the page is loaded again, and goes out by itself', () => {
		const store = memory();
		const acks = new Acks(store, sent);
		acks.online('e');
		acks.offline();
		acks.press(7);
		expect(acks.of(7).at).toBe('waiting');
		const again = new Acks(store, sent);
		expect(again.of(7).at).toBe('waiting');
		again.online('e');
		expect(sent).toHaveBeenCalledExactlyOnceWith({ action: 'ack', seq: 7 });
	});

	it('is kept beside what another tab of this browser has pressed', () => {
		const store = memory();
		const [one, other] = [new Acks(store, sent), new Acks(store, sent)];
		for (const acks of [one, other]) {
			acks.online('e');
			acks.offline();
		}
		one.press(7);
		other.press(8);
		const again = new Acks(store, sent);
		expect([again.of(7).at, again.of(8).at]).toEqual(['waiting', 'waiting']);
		one.online('e');
		one.acked(7, 'now');
		const last = new Acks(store, sent);
		expect([last.of(7).at, last.of(8).at]).toEqual(['open', 'waiting']);
	});

	it('is taken over from where older pages kept it', () => {
		const store = memory();
		store.set('acks', { epoch: 'e', seqs: [7, 'x'] });
		expect(new Acks(store, sent).of(7).at).toBe('waiting');
		const again = new Acks(store, sent);
		again.online('e');
		expect(sent).toHaveBeenCalledExactlyOnceWith({ action: 'ack', seq: 7 });
	});

	it('goes out again when the connection broke before the answer', () => {
		const acks = new Acks(memory(), sent);
		acks.online('e');
		acks.press(7);
		acks.offline();
		expect(acks.of(7).at).toBe('waiting');
		acks.online('e');
		expect(sent).toHaveBeenCalledTimes(2);
	});

	it('goes to no other log', () => {
		const store = memory();
		const acks = new Acks(store, sent);
		acks.online('e');
		acks.offline();
		acks.press(7);
		const again = new Acks(store, sent);
		again.online('f');
		expect(sent).not.toHaveBeenCalled();
		expect(again.of(7).at).toBe('open');
	});

	it('stays done, and is sent, in the next run of the same log', () => {
		const store = memory();
		const acks = new Acks(store, sent);
		acks.restore('e');
		acks.acked(3, 'now');
		acks.press(7);
		acks.online('f', 'e');
		expect(acks.of(3).at).toBe('done');
		expect(sent).toHaveBeenCalledExactlyOnceWith({ action: 'ack', seq: 7 });
		const again = new Acks(store, sent);
		again.restore('f');
		expect(again.of(7).at).toBe('waiting');
	});

	it('says why one does not count', () => {
		const acks = new Acks(memory(), sent);
		acks.online('e');
		acks.press(7);
		acks.refuse(refusal('not_allowed'));
		expect(acks.of(7)).toEqual({ at: 'refused', reason: 'A sentence.' });
	});

	it('tries again what could not be kept just now', () => {
		const acks = new Acks(memory(), sent);
		acks.online('e');
		acks.press(7);
		acks.refuse(refusal('not_kept'));
		expect(acks.of(7).at).toBe('waiting');
		vi.advanceTimersByTime(5_000);
		expect(sent).toHaveBeenCalledTimes(2);
	});

	it('lets go of what is done, never of what is still to be sent', () => {
		const acks = new Acks(memory(), sent);
		acks.acked(6, 'now');
		acks.press(7);
		acks.forget([6, 7]);
		expect([acks.of(6).at, acks.of(7).at]).toEqual(['open', 'waiting']);
	});
});
