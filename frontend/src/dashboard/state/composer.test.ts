import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../lib/protocol';
import { Store } from '../../lib/storage';
import { OperatorError, type Broadcast } from '../operator/operator';
import { BroadcastQueue } from './broadcast-queue.svelte';
import { ComposerState } from './composer.svelte';
import { Hold } from './hold.svelte';

let live: boolean;
let sent: Broadcast[];
let refuse: OperatorError | undefined;
let store: Store;
let queue: BroadcastQueue;
let hold: Hold;
let composer: ComposerState;
let end: (() => void) | undefined;
/** What the log has, for a reply. */
let log: Message[];
let names: Map<string, string>;
let seconds: number;

const one = { all: 1, away: 0 };
const many = { all: 56, away: 8 };

function reload(): void {
	queue = new BroadcastQueue(
		{
			broadcast: async (broadcast) => {
				sent.push(broadcast);
				if (refuse) throw refuse;
				return { seq: sent.length, time: '' };
			},
		},
		store,
		() => live,
	);
	hold = new Hold(queue, store, () => seconds);
	names = new Map();
	composer = new ComposerState(
		queue,
		hold,
		store,
		{
			knownName: (userID) => names.get(userID) ?? '',
			remember: (userID, name) => void names.set(userID ?? '', name),
		},
		{
			history: async ({ after = 0 }) => ({ messages: log.filter(({ seq }) => seq === after + 1), more: false }),
		},
	);
	end = composer.start();
}

beforeEach(() => {
	vi.useFakeTimers();
	localStorage.clear();
	[live, sent, refuse, log, seconds] = [true, [], undefined, [], 5];
	store = new Store('test.');
	reload();
});

afterEach(() => {
	end?.();
	vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

test('sends to whom it is for, with title and priority, and clears the desk', async () => {
	composer.writeTo({ to: 'topic', topic: 'kitchen' });
	Object.assign(composer, { text: 'Soup is ready', title: ' Lunch ', priority: 4 });
	expect(composer.press('kitchen', one)).toBe(true);
	await settle();
	expect(sent).toMatchObject([{ message: 'Soup is ready', title: 'Lunch', priority: 4, topic: 'kitchen' }]);
	expect([composer.text, composer.title, composer.priority]).toEqual(['', '', 3]);
	expect(composer.audience).toEqual({ to: 'topic', topic: 'kitchen' });
	expect(queue.items).toEqual([]);
});

test('nothing empty and nothing over 64 KiB of UTF-8 is sent', () => {
	composer.text = '  \n';
	expect(composer.press('everyone', one)).toBe(false);
	composer.text = 'é'.repeat(32 * 1024);
	expect([composer.tooLong, composer.nearLimit]).toEqual([false, true]);
	composer.text += 'x';
	expect(composer.tooLong).toBe(true);
	expect(composer.press('everyone', one)).toBe(false);
	expect(composer.text.length).toBe(32 * 1024 + 1);
});

test('without a connection it is kept, over a reload too, and goes out once with the same id', async () => {
	live = false;
	for (const text of ['first', 'second']) {
		composer.text = text;
		composer.press('everyone', one);
	}
	await settle();
	expect([sent.length, queue.waiting.length]).toEqual([0, 2]);
	const ids = queue.items.map(({ broadcast }) => broadcast.message_id);
	reload();
	live = true;
	await queue.flush();
	expect(sent.map(({ message }) => message)).toEqual(['first', 'second']);
	expect(sent.map(({ message_id }) => message_id)).toEqual(ids);
	expect(queue.items).toEqual([]);
});

test('one whose connection broke on the way is sent again with the same id', async () => {
	refuse = new OperatorError('lost', 'No connection.');
	composer.text = 'hello';
	composer.press('everyone', one);
	await settle();
	expect(queue.waiting).toHaveLength(1);
	refuse = undefined;
	await queue.flush();
	expect(sent[0]!.message_id).toBe(sent[1]!.message_id);
	expect(queue.items).toEqual([]);
});

test('a refused one says why and is kept; the others go on', async () => {
	refuse = new OperatorError('not_kept', 'The disk is full.');
	composer.text = 'hello';
	composer.press('everyone', one);
	await settle();
	refuse = undefined;
	composer.text = 'again';
	composer.press('everyone', one);
	await settle();
	expect(queue.refused).toMatchObject([{ reason: 'The disk is full.', broadcast: { message: 'hello' } }]);
	composer.takeBack(queue.refused[0]!);
	expect([composer.text, queue.items.length]).toEqual(['hello', 0]);
});

test('too fast waits as long as it is told and sends by itself', async () => {
	refuse = new OperatorError('rate_limited', 'Too fast.', 3000);
	composer.text = 'hello';
	composer.press('everyone', one);
	await vi.advanceTimersByTimeAsync(2900);
	refuse = undefined;
	expect(sent).toHaveLength(1);
	await vi.advanceTimersByTimeAsync(200);
	expect(sent).toHaveLength(2);
});

test('a draft survives a reload', async () => {
	Object.assign(composer, { text: 'half a thou', title: 'T', priority: 5 });
	composer.writeTo({ to: 'person', userID: 'ana' });
	await vi.advanceTimersByTimeAsync(1000);
	reload();
	expect(composer).toMatchObject({ text: 'half a thou', title: 'T', priority: 5 });
	expect(composer.audience).toEqual({ to: 'person', userID: 'ana' });
});

test('what one window sends does not erase what another one keeps', async () => {
	const other = composer;
	reload();
	refuse = new OperatorError('unknown_topic', 'There is no such topic.');
	composer.text = 'Kept here';
	composer.press('Line 2', one);
	await settle();
	refuse = undefined;
	other.text = 'Sent there';
	other.press('everyone', one);
	await settle();
	reload();
	expect(queue.items.map(({ broadcast }) => broadcast.message)).toEqual(['Kept here']);
});

test('a window in which nothing was written leaves the draft of another one alone', () => {
	const [ofOther, endOther] = [composer, end!];
	reload();
	ofOther.text = 'Half a sentence';
	ofOther.save();
	endOther();
	end!();
	reload();
	expect(composer.text).toBe('Half a sentence');
});

test('what another version kept does no harm', () => {
	store.set('draft', { text: 7, priority: 'high', audience: { to: 'mars' } });
	store.set('outbox', [{ broadcast: null }, 3, { broadcast: { message: 'x' } }]);
	reload();
	expect([composer.text, composer.priority, composer.audience.to]).toEqual(['', 3, 'everyone']);
	expect(queue.items).toEqual([]);
});

test('an answer goes where the message was said, and names it', async () => {
	const message = { seq: 12, audience: 'private', user_id: 'ana', from: { user_id: 'ana', name: 'Ana' } } as Message;
	composer.answer(message);
	composer.text = 'Yes.';
	composer.press('Ana', one);
	await settle();
	expect(sent).toMatchObject([{ user_id: 'ana', reply_to: 12, message: 'Yes.' }]);
	composer.answer({ ...message, audience: 'topic', topic: 'kitchen' });
	expect(composer.audience).toEqual({ to: 'topic', topic: 'kitchen' });
});

test('asks for a press in the operator’s own words, and reminds as often as chosen', async () => {
	composer.text = 'Leave bay 3';
	composer.asks = true;
	composer.ack = ' I am out ';
	composer.every = 0;
	composer.times = 5;
	composer.press('everyone', one);
	await settle();
	expect(sent[0]).toMatchObject({ ack: 'I am out', repeat: { every: 1, times: 5 } });
	expect([composer.asks, composer.times, composer.ack, composer.every]).toEqual([false, 0, 'Understood', 2]);
	composer.text = 'Something else';
	composer.press('everyone', one);
	await settle();
	expect(sent[1]).not.toHaveProperty('ack');
});

test('what was asked for comes back with what is taken back, and survives a reload', async () => {
	refuse = new OperatorError('not_kept', 'The disk is full.');
	composer.text = 'Leave bay 3';
	composer.asks = true;
	composer.ack = '';
	composer.times = 3;
	composer.press('everyone', one);
	await settle();
	composer.takeBack(queue.refused[0]!);
	expect([composer.asks, composer.ack, composer.times]).toEqual([true, 'Understood', 3]);
	vi.advanceTimersByTime(1000);
	reload();
	expect(composer.asks).toBe(true);
});

test('what goes to many is held, and comes back as it was when it is undone', async () => {
	Object.assign(composer, { text: 'Water is back on', title: 'Tea', priority: 4, asks: true, ack: 'Thanks', times: 3 });
	expect(composer.press('everyone', many)).toBe(true);
	await vi.advanceTimersByTimeAsync(4_900);
	expect([sent.length, hold.left, composer.text]).toEqual([0, 1, '']);
	composer.undo();
	expect(composer).toMatchObject({
		text: 'Water is back on',
		title: 'Tea',
		priority: 4,
		asks: true,
		ack: 'Thanks',
		times: 3,
	});
	await vi.advanceTimersByTimeAsync(60_000);
	expect([sent.length, hold.held]).toEqual([0, undefined]);
	composer.press('everyone', many);
	await vi.advanceTimersByTimeAsync(5_000);
	expect(sent).toHaveLength(1);
});

test('what is brought back does not take the place of a title', async () => {
	composer.text = 'Water is back on';
	composer.press('everyone', many);
	composer.title = 'Lunch';
	composer.undo();
	expect([composer.title, composer.text, queue.refused.length]).toEqual(['Lunch', '', 1]);
	composer.takeBack(queue.refused[0]!);
	expect([composer.title, composer.text]).toEqual(['Lunch', '']);
	composer.title = '';
	composer.takeBack(queue.refused[0]!);
	expect([composer.text, queue.refused.length]).toEqual(['Water is back on', 0]);
});

test('a page that ended without being told so brings what it held back, and no other page does', async () => {
	composer.text = 'held';
	composer.press('everyone', many);
	const [key] = store.keys('held.');
	const stored = store.get(key!);
	reload(); // the one before goes on holding it
	expect(composer.text).toBe('');
	await vi.advanceTimersByTimeAsync(10_000);
	expect([sent.length, composer.text]).toEqual([1, '']);
	store.set(key!, stored);
	reload();
	expect([sent.length, composer.text, store.get(key!)]).toEqual([1, 'held', undefined]);
});

test('two windows hold a message each, and neither loses the other’s', async () => {
	const [first, firstHold, stop] = [composer, hold, end];
	first.text = 'from the first';
	first.press('everyone', many);
	reload();
	composer.text = 'from the second';
	composer.press('everyone', many);
	expect(store.keys('held.')).toHaveLength(2);
	expect([firstHold.held?.broadcast.message, hold.held?.broadcast.message]).toEqual([
		'from the first',
		'from the second',
	]);
	first.undo();
	expect([first.text, store.keys('held.').length]).toEqual(['from the first', 1]);
	stop!();
});

test('what was held while the computer slept is not sent hours later', async () => {
	composer.text = 'Lunch now';
	composer.press('everyone', many);
	vi.setSystemTime(Date.now() + 3_600_000);
	await vi.advanceTimersByTimeAsync(5_000);
	expect([sent.length, composer.text]).toEqual([0, 'Lunch now']);
});

test('without a time for it nothing is held', async () => {
	seconds = 0;
	composer.text = 'now';
	composer.press('everyone', many);
	await settle();
	expect(sent).toHaveLength(1);
});

test('a message that is brought back does not change whom the next one is for', async () => {
	composer.writeTo({ to: 'topic', topic: 'kitchen' });
	composer.text = 'Soup';
	composer.press('kitchen', many);
	composer.writeTo({ to: 'person', userID: 'ana' });
	composer.undo();
	expect([composer.audience, composer.chosen]).toEqual([
		{ to: 'topic', topic: 'kitchen' },
		{ to: 'person', userID: 'ana' },
	]);
	composer.press('kitchen', many);
	expect(composer.audience).toEqual({ to: 'person', userID: 'ana' });
});

test('an urgent message needs a second press, within five seconds and of the same message', async () => {
	Object.assign(composer, { text: 'Leave', priority: 5 });
	expect([composer.press('everyone', many), composer.armed]).toEqual([false, true]);
	composer.text = 'Leave now';
	expect([composer.armed, composer.press('everyone', many), composer.armed]).toEqual([false, false, true]);
	await vi.advanceTimersByTimeAsync(5_000);
	expect(composer.armed).toBe(false);
	composer.press('everyone', many);
	composer.writeTo({ to: 'topic', topic: 'kitchen' });
	expect(composer.armed).toBe(false);
	composer.press('everyone', many);
	expect(composer.press('everyone', many)).toBe(true);
	await settle();
	expect([sent.length, hold.held]).toEqual([1, undefined]);
});

test('a text whose audience cannot be read is for nobody, until one is chosen', () => {
	store.set('draft', { text: 'Only for Ana', audience: { to: 'mars' } });
	reload();
	expect([composer.audience.to, composer.ready, composer.press('nobody', one)]).toEqual(['nobody', false, false]);
	composer.writeTo({ to: 'person', userID: 'ana' });
	expect(composer.ready).toBe(true);
});
