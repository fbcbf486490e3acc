import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PerTab } from './per-tab';
import { Store } from './storage';

let store: Store;
let ends: (() => void)[] = [];

beforeEach(() => {
	localStorage.clear();
	store = new Store('test.');
	ends = [];
});
afterEach(() => ends.forEach((end) => end()));

const nothing = () => undefined;
/** The page of a tab ends. */
const leave = (one: PerTab) => one.start(nothing, () => false)();

/** The storage of one tab, for each page that is loaded in it. */
function tab(): () => PerTab {
	const memory = new Store('tab.', () => {
		throw new Error('no storage');
	});
	return () => new PerTab(store, 'draft', memory);
}

test('two tabs keep what is theirs, each also when it is loaded again', () => {
	const [a, b] = [tab(), tab()];
	const [one, two] = [a(), b()];
	expect([one.take(), two.take()]).toEqual([undefined, undefined]);
	one.set('from the first');
	two.set('from the second');
	[one, two].forEach(leave);
	expect([a().take(), b().take()]).toEqual(['from the first', 'from the second']);
});

test('a duplicate of a tab begins with its value, and does not overwrite it', () => {
	const a = tab();
	const one = a();
	one.take();
	one.set('first');
	const copy = a();
	expect(copy.take()).toBe('first');
	one.set('first, and more');
	copy.set('another');
	expect(store.keys('draft.')).toHaveLength(2);
});

test('what a tab left behind is taken by one other, the newest first', () => {
	vi.useFakeTimers();
	const gone = ['older', 'newer'].map((value) => {
		vi.advanceTimersByTime(1);
		const one = tab()();
		one.take();
		one.set(value);
		return one;
	});
	vi.useRealTimers();
	gone.forEach(leave);
	expect([tab()().take(), tab()().take(), tab()().take()]).toEqual(['newer', 'older', undefined]);
});

test('what an older page stored for all tabs is taken once', () => {
	store.set('draft', { text: 'x' });
	expect(tab()().take()).toEqual({ text: 'x' });
	expect(tab()().take()).toBeUndefined();
});

test('what a tab had that is gone without a word is taken, what a living one has is not', async () => {
	const living = tab()();
	living.take();
	living.set('still written');
	ends.push(living.start(nothing, () => false));
	const crashed = tab()();
	crashed.take();
	crashed.set('lost?');
	const next = tab()();
	expect(next.take()).toBeUndefined();
	const found = vi.fn(() => true);
	ends.push(next.start(nothing, found));
	await vi.waitFor(() => expect(found).toHaveBeenCalledOnce());
	expect(found).toHaveBeenCalledWith('lost?');
	next.remove();
	expect(store.keys('draft.')).toHaveLength(1);
});

test('nothing that is stored by somebody else breaks it', () => {
	store.set('draft.x', 7);
	store.set('draft.y', { at: 'never' });
	expect(tab()().take()).toBeUndefined();
});
