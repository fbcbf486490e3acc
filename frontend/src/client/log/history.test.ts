import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientFrame, ErrorFrame, History, Message } from '../../lib/protocol';
import { Past } from './history.svelte';

type Asked = Extract<ClientFrame, { action: 'history' }>;
const asked: Asked[] = [];
const taken: History[] = [];

function make(joined = ['general']): Past {
	const send = (frame: ClientFrame) => asked.push(frame as Asked) > 0;
	const past = new Past({ send, joined: () => joined, ontake: (frame) => taken.push(frame) });
	past.online();
	past.begin(joined, 100);
	return past;
}

function answer(past: Past, seqs: number[], more: boolean): void {
	const messages = seqs.map((seq) => ({ seq }) as Message);
	past.take({ type: 'history', id: asked.at(-1)!.id, messages, more, acked: [] });
}

beforeEach(() => {
	vi.useFakeTimers();
	asked.length = 0;
	taken.length = 0;
});
afterEach(() => vi.useRealTimers());

describe('Past', () => {
	it('loads page after page, one at a time, until there is no more', () => {
		const past = make();
		past.ask('all');
		past.ask('all');
		expect(asked).toEqual([{ action: 'history', id: expect.any(String), before: 100, limit: 50 }]);
		expect(past.isLoading('all')).toBe(true);
		answer(past, [60, 70], true);
		expect([past.floor('all'), past.floor('#general'), past.isEnd('all')]).toEqual([60, 60, false]);
		past.ask('operator');
		answer(past, [3], false);
		expect([past.floor('all'), past.isEnd('all'), past.isEnd('#general')]).toEqual([1, true, true]);
		past.ask('all');
		expect(asked).toHaveLength(2);
	});

	it('shows no hole: a topic that was joined later has a floor of its own', () => {
		const past = make();
		past.begin(['kitchen'], 140);
		past.ask('all');
		answer(past, [60], true);
		expect(past.floor('#kitchen')).toBe(140);
		past.ask('#kitchen');
		expect(asked.at(-1)).toMatchObject({ topic: 'kitchen', before: 140 });
		answer(past, [20], true);
		expect([past.floor('#kitchen'), past.floor('all')]).toEqual([20, 60]);
	});

	it('forgets a topic that was left', () => {
		const past = make();
		past.part('general');
		expect(past.floor('#general')).toBe(Infinity);
		past.ask('#general');
		expect(asked.at(-1)).not.toHaveProperty('before');
	});

	it('passes over an answer to what no longer fits', () => {
		const past = make();
		past.ask('all');
		past.raise(200);
		answer(past, [60], true);
		expect([past.floor('all'), taken.length, past.isLoading('all')]).toEqual([200, 0, false]);
	});

	it('asks again after a pause when it was refused, and nothing offline', () => {
		const past = make();
		past.ask('all');
		const refusal = { id: asked[0]!.id, code: 'rate_limited', retry_ms: 1_000 } as ErrorFrame;
		past.refuse(refusal);
		past.ask('all');
		expect(asked).toHaveLength(1);
		vi.advanceTimersByTime(1_000);
		past.ask('all');
		expect(asked).toHaveLength(2);
		past.offline();
		past.ask('all');
		expect(asked).toHaveLength(2);
	});

	it('asks for one message alone', () => {
		const past = make();
		past.askFor(7);
		expect(asked[0]).toMatchObject({ before: 8, limit: 1 });
		answer(past, [7], true);
		expect([taken.length, past.floor('all')]).toEqual([1, 100]);
	});
});
