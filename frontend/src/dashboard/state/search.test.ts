import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FindPage, FindQuery, HistoryQuery } from '../operator/operator';
import { Search } from './search.svelte';
import { message } from './testing';

let asked: FindQuery[];
let last: number;
let indexed: number;
let answers: (() => void)[];
let holds: boolean;
let search: Search;
let close: (() => void) | undefined;

beforeEach(() => {
	vi.useFakeTimers();
	[asked, answers, holds, last, indexed] = [[], [], false, 200, 200];
	search = new Search({
		search: (query) => {
			asked.push(query);
			const found = Array.from({ length: indexed }, (_, i) => message(indexed - i)).filter(
				({ seq }) => !query.before || seq < query.before,
			);
			const page: FindPage = {
				messages: found.slice(0, query.limit),
				more: found.length > query.limit!,
				indexed,
				last,
			};
			return holds ? new Promise((done) => answers.push(() => done(page))) : Promise.resolve(page);
		},
		history: ({ before, after, limit = 5 }: HistoryQuery) => {
			const seqs = Array.from({ length: limit }, (_, i) => (before ? before - limit + i : after! + 1 + i));
			return Promise.resolve({
				messages: seqs.filter((seq) => seq > 0 && seq <= last).map((seq) => message(seq)),
				more: true,
			});
		},
	});
});

afterEach(() => {
	close?.();
	close = undefined;
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('it searches once the typing rests', async () => {
	for (const text of ['p', 'pr', 'press']) search.want({ text });
	await pass(100);
	expect(asked).toEqual([]);
	await pass(100);
	expect(asked.map(({ text }) => text)).toEqual(['press']);
	expect([search.found.length, search.more, search.behind]).toEqual([50, true, false]);
});

test('an answer that was overtaken is not shown', async () => {
	holds = true;
	search.want({ text: 'first' });
	await pass(200);
	indexed = 3;
	search.want({ text: 'second' });
	await pass(200);
	answers[1]!();
	await pass(0);
	answers[0]!();
	await pass(0);
	expect(search.found).toHaveLength(3);
});

test('days are whole days of the reader, until with the day itself', async () => {
	search.want({ from: '2026-11-20', until: '2026-11-22', kind: 'chat', topic: 'kitchen', userID: 'ana' });
	await pass(200);
	expect(asked[0]).toMatchObject({
		from: new Date(2026, 10, 20).toISOString(),
		until: new Date(2026, 10, 23).toISOString(),
		kind: 'chat',
		topic: 'kitchen',
		user_id: 'ana',
	});
});

test('older ones follow, each once', async () => {
	await search.run();
	await search.older();
	expect(search.found.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => 200 - i));
});

test('while the index is behind, newer ones join by themselves and what is read stays', async () => {
	[indexed, last] = [100, 120];
	close = search.open();
	await pass(0);
	expect([search.behind, search.found[0]?.seq]).toEqual([true, 100]);
	await search.older();
	indexed = 120;
	await pass(2_000);
	expect([search.behind, search.found[0]?.seq, search.found.length]).toEqual([false, 120, 120]);
	const count = asked.length;
	await pass(10_000);
	expect(asked).toHaveLength(count);
});

test('new messages are looked for only while the page is open', async () => {
	search.onmessages();
	await pass(5_000);
	expect(asked).toEqual([]);
	close = search.open();
	await pass(0);
	[indexed, last] = [201, 201];
	for (let i = 0; i < 10; i++) search.onmessages();
	await pass(2_000);
	expect([asked.length, search.found[0]?.seq]).toEqual([2, 201]);
});

test('one stands among those before and after it, and more of them on request', async () => {
	await search.choose(message(100));
	expect(search.around.map(({ seq }) => seq)).toEqual(Array.from({ length: 11 }, (_, i) => 95 + i));
	await search.readEarlier();
	expect([search.around[0]?.seq, search.around.at(-1)?.seq]).toEqual([85, 105]);
	search.onwithdrawn([100]);
	expect([search.chosen, search.around.some(({ seq }) => seq === 100)]).toEqual([undefined, false]);
});
