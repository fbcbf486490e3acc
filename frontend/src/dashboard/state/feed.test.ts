import { expect, test } from 'vitest';
import type { Message } from '../../lib/protocol';
import type { HistoryPage, HistoryQuery } from '../operator/operator';
import { Feed } from './feed.svelte';
import { message } from './testing';

const range = (from: number, to: number, more?: Partial<Message>) =>
	Array.from({ length: to - from + 1 }, (_, i) => message(from + i, more));

/** A log like the server's: rising seq, pages of `limit`, by topic or person. */
class FakeLog {
	asked: HistoryQuery[] = [];
	wait: Promise<void> = Promise.resolve();
	constructor(public messages: Message[]) {}
	history = async (query: HistoryQuery): Promise<HistoryPage> => {
		this.asked.push(query);
		const { topic, user_id, before = Infinity, after, limit = 200 } = query;
		const found = this.messages.filter(
			(one) =>
				(!topic || one.topic === topic) &&
				(!user_id || one.user_id === user_id || one.from.user_id === user_id) &&
				one.seq < before &&
				one.seq > (after ?? 0),
		);
		await this.wait;
		const page = after === undefined ? found.slice(-limit) : found.slice(0, limit);
		return { messages: page, more: found.length > limit };
	};
}

const seqs = (feed: Feed) => feed.shown.map(({ seq }) => seq);
const bounds = (feed: Feed) => [feed.shown[0]?.seq, feed.shown.at(-1)?.seq, feed.shown.length];

test('loads the newest page, then older ones as far as there are any', async () => {
	const feed = new Feed(new FakeLog(range(1, 450)));
	await feed.load();
	expect([...bounds(feed), feed.more]).toEqual([251, 450, 200, true]);
	await feed.older();
	await feed.older();
	expect([...bounds(feed), feed.more]).toEqual([1, 450, 450, false]);
	await feed.older();
	expect(feed.shown).toHaveLength(450);
});

test('what comes live while a page is on its way stands after it, each once', async () => {
	const log = new FakeLog(range(1, 3));
	let arrive = () => {};
	log.wait = new Promise((done) => (arrive = done));
	const feed = new Feed(log);
	const loading = feed.load();
	feed.onmessages([message(3), message(4)]);
	arrive();
	await loading;
	expect(seqs(feed)).toEqual([1, 2, 3, 4]);
});

test('after a lost connection everything missed is read, however many pages that takes', async () => {
	const log = new FakeLog(range(1, 10));
	const feed = new Feed(log);
	await feed.load();
	log.messages.push(...range(11, 900));
	const catching = feed.catchUp();
	feed.onmessages([message(901)]);
	await catching;
	expect(seqs(feed)).toEqual(range(1, 901).map(({ seq }) => seq));
});

test('words and kind filter what is loaded, without case and accents', async () => {
	const feed = new Feed(
		new FakeLog([
			message(1, { message: 'Press 4 is DOWN' }),
			message(2, { from: { user_id: 'b', name: 'Bea Kovács' }, audience: 'private', user_id: 'b' }),
			message(3, { from: { operator: true, name: '' }, priority: 5 }),
		]),
	);
	await feed.load();
	await feed.show({ words: 'down press' });
	expect(seqs(feed)).toEqual([1]);
	await feed.show({ words: 'kovacs' });
	expect(seqs(feed)).toEqual([2]);
	await feed.show({ words: '', kind: 'to-you' });
	expect(seqs(feed)).toEqual([2]);
	await feed.show({ kind: 'marked' });
	expect(seqs(feed)).toEqual([3]);
	feed.onmessages([message(4), message(5, { priority: 4 })]);
	expect(seqs(feed)).toEqual([3, 5]);
	await feed.show({ kind: 'all' });
	expect(seqs(feed)).toEqual([1, 2, 3, 4, 5]);
	const from = { program: true, name: 'grafana' };
	feed.onmessages([message(6, { from, audience: 'private', user_id: 'b', tags: ['Kühlung'] })]);
	await feed.show({ kind: 'to-you' });
	expect(seqs(feed)).toEqual([2]);
	await feed.show({ kind: 'programs' });
	expect(seqs(feed)).toEqual([6]);
	await feed.show({ kind: 'all', words: 'grafana kuhlung' });
	expect(seqs(feed)).toEqual([6]);
});

test('a topic is read from the log itself, and live messages of others stay out', async () => {
	const log = new FakeLog([...range(1, 50, { topic: 'kitchen' }), ...range(51, 900)]);
	const feed = new Feed(log);
	await feed.load();
	await feed.show({ topic: 'kitchen' });
	expect(bounds(feed)).toEqual([1, 50, 50]);
	feed.onmessages([message(901), message(902, { topic: 'kitchen' })]);
	expect(feed.shown.at(-1)?.seq).toBe(902);
	expect(feed.shown).toHaveLength(51);
	expect(feed.newest).toBe(902);
});

test('a filter that finds nothing looks a few pages back, then asks before it goes on', async () => {
	const log = new FakeLog([message(1, { message: 'needle' }), ...range(2, 3000)]);
	const feed = new Feed(log);
	await feed.load();
	await feed.show({ words: 'needle' });
	await feed.older();
	expect([feed.limitReached, seqs(feed)]).toEqual([true, []]);
	await feed.older();
	expect(log.asked).toHaveLength(6);
	for (let i = 0; i < 5 && feed.shown.length === 0; i++) await feed.lookFurther();
	expect(seqs(feed)).toEqual([1]);
});

test('what comes while nobody looks is counted, from where it begins; the operator’s own is not', async () => {
	const feed = new Feed(new FakeLog(range(1, 2)));
	await feed.load();
	feed.look(true);
	feed.onmessages([message(3)]);
	expect([feed.unread, feed.since]).toEqual([0, undefined]);
	feed.look(false);
	feed.onmessages([message(4, { from: { operator: true, name: '' } }), message(5), message(6)]);
	expect([feed.unread, feed.since]).toEqual([2, { seq: 5, count: 2 }]);
	feed.look(true);
	expect([feed.unread, feed.since]).toEqual([0, { seq: 5, count: 2 }]);
	feed.look(false);
	feed.onmessages([message(7)]);
	expect([feed.unread, feed.since]).toEqual([1, { seq: 7, count: 1 }]);
});

test('memory is bounded: beyond a hundred thousand the oldest are let go', async () => {
	const feed = new Feed(new FakeLog(range(1, 10)));
	await feed.load();
	for (let at = 11; at < 112_000; at += 1000) feed.onmessages(range(at, at + 999));
	await new Promise((done) => setTimeout(done, 20));
	expect(feed.shown.length).toBeLessThanOrEqual(106_000);
	expect(feed.more).toBe(true);
	expect(feed.find(1)).toBeUndefined();
	expect(feed.find(111_000)?.seq).toBe(111_000);
});

test('memory is bounded in text too', async () => {
	const feed = new Feed(new FakeLog([]));
	await feed.load();
	const long = 'x'.repeat(64 * 1024);
	for (let at = 1; at < 1000; at++) feed.onmessages([message(at, { message: long })]);
	await new Promise((done) => setTimeout(done, 20));
	expect(feed.all.length * long.length).toBeLessThanOrEqual(33 * 1024 * 1024);
	expect(feed.all.at(-1)?.seq).toBe(999);
});

test('what was withdrawn is gone at once, also while it is filtered or held back', async () => {
	const log = new FakeLog(range(1, 5));
	const feed = new Feed(log);
	await feed.load();
	feed.withdraw([2, 4]);
	expect(seqs(feed)).toEqual([1, 3, 5]);
	await feed.show({ words: 'message' });
	feed.withdraw([3]);
	expect([seqs(feed), feed.find(3)]).toEqual([[1, 5], undefined]);
	let go!: () => void;
	log.wait = new Promise((done) => (go = done));
	const loading = feed.catchUp();
	feed.onmessages([message(6), message(7)]);
	feed.withdraw([6]);
	go();
	await loading;
	expect(seqs(feed)).toEqual([1, 5, 7]);
});

test('back again it learns what was withdrawn meanwhile, whatever it shows', async () => {
	const feed = new Feed({
		history: ({ after }) => {
			const pages: Record<string, HistoryPage> = {
				none: { messages: range(1, 3), more: false },
				3: { messages: [], more: true, withdrawn: [2], to: 5 },
				5: { messages: [message(6)], more: false, to: 6 },
			};
			return Promise.resolve(pages[after ?? 'none']!);
		},
	});
	await feed.load();
	await feed.catchUp();
	expect(seqs(feed)).toEqual([1, 3, 6]);
});
