import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientFrame, ErrorFrame, History, Message } from '../../lib/protocol';
import { HistoryPages } from './history.svelte';

type Asked = Extract<ClientFrame, { action: 'history' }>;
const asked: Asked[] = [];
const taken: History[] = [];
let loaded = 0;

function make(joined = ['general']): HistoryPages {
	const send = (frame: ClientFrame) => asked.push(frame as Asked) > 0;
	const pages = new HistoryPages({
		send,
		joined: () => joined,
		loaded: () => loaded,
		ontake: (frame) => taken.push(frame),
	});
	pages.online();
	pages.begin(joined, 100);
	return pages;
}

function answer(pages: HistoryPages, seqs: number[], more: boolean): void {
	const messages = seqs.map((seq) => ({ seq }) as Message);
	pages.take({ type: 'history', id: asked.at(-1)!.id, messages, more, acked: [] });
}

beforeEach(() => {
	vi.useFakeTimers();
	asked.length = 0;
	taken.length = 0;
	loaded = 0;
});
afterEach(() => vi.useRealTimers());

describe('HistoryPages', () => {
	it('loads page after page, one at a time, until there is no more', () => {
		const pages = make();
		pages.ask('all');
		pages.ask('all');
		expect(asked).toEqual([{ action: 'history', id: expect.any(String), before: 100, limit: 50 }]);
		expect(pages.isLoading('all')).toBe(true);
		answer(pages, [60, 70], true);
		expect([pages.floor('all'), pages.floor('#general'), pages.isEnd('all')]).toEqual([60, 60, false]);
		pages.ask('operator');
		answer(pages, [3], false);
		expect([pages.floor('all'), pages.isEnd('all'), pages.isEnd('#general')]).toEqual([1, true, true]);
		pages.ask('all');
		expect(asked).toHaveLength(2);
	});

	it('shows no hole: a topic that was joined later has a floor of its own', () => {
		const pages = make();
		pages.begin(['kitchen'], 140);
		pages.ask('all');
		answer(pages, [60], true);
		expect(pages.floor('#kitchen')).toBe(140);
		pages.ask('#kitchen');
		expect(asked.at(-1)).toMatchObject({ topic: 'kitchen', before: 140 });
		answer(pages, [20], true);
		// What goes to everyone is shown in the topic too, and has holes before 60.
		expect([pages.floor('#kitchen'), pages.floor('all')]).toEqual([60, 60]);
		pages.ask('#kitchen');
		expect(asked.at(-1)).not.toHaveProperty('topic');
		answer(pages, [30], true);
		expect(pages.floor('#kitchen')).toBe(30);
	});

	it('goes on with a topic alone where too much of the others would come with it', () => {
		const pages = make();
		loaded = 1_000;
		pages.ask('#general');
		expect(asked.at(-1)).toMatchObject({ topic: 'general', before: 100 });
		answer(pages, [20], false);
		expect([pages.floor('#general'), pages.isEnd('#general'), pages.floor('all')]).toEqual([1, true, 100]);
	});

	it('forgets a topic that was left', () => {
		const pages = make();
		pages.part('general');
		expect(pages.floor('#general')).toBe(Infinity);
		pages.ask('#general');
		expect(asked.at(-1)).not.toHaveProperty('before');
	});

	it('passes over an answer to what no longer fits', () => {
		const pages = make();
		pages.ask('all');
		pages.raise(200);
		answer(pages, [60], true);
		expect([pages.floor('all'), taken.length, pages.isLoading('all')]).toEqual([200, 0, false]);
	});

	it('asks again after a pause when it was refused, and nothing offline', () => {
		const pages = make();
		pages.ask('all');
		const refusal = { id: asked[0]!.id, code: 'rate_limited', retry_ms: 1_000 } as ErrorFrame;
		pages.refuse(refusal);
		pages.ask('all');
		expect(asked).toHaveLength(1);
		vi.advanceTimersByTime(1_000);
		pages.ask('all');
		expect(asked).toHaveLength(2);
		pages.offline();
		pages.ask('all');
		expect(asked).toHaveLength(2);
	});

	it('asks for one message alone', () => {
		const pages = make();
		pages.askFor(7);
		expect(asked[0]).toMatchObject({ before: 8, limit: 1 });
		answer(pages, [7], true);
		expect([taken.length, pages.floor('all')]).toEqual([1, 100]);
	});
});
