import { beforeEach, expect, test } from 'vitest';
import { Store } from '../../lib/storage';
import { Setup } from './setup.svelte';

let store: Store;
const fresh = { name: '', seq: 0, problem: null };

beforeEach(() => {
	localStorage.clear();
	store = new Store('test.');
});

test('a room without a name and without a message begins with the steps, once', () => {
	const setup = new Setup(store);
	setup.see(fresh);
	expect(setup.open).toBe(true);
	setup.finish();
	setup.see(fresh);
	expect([setup.open, setup.unfinished]).toEqual([false, false]);
	expect(new Setup(store).open).toBe(false);
});

test('a room that is in use never sees them', () => {
	const setup = new Setup(store);
	setup.see({ ...fresh, name: 'Hall 2' });
	setup.see({ ...fresh, seq: 7 });
	setup.see({ ...fresh, problem: { code: 'folder', message: '', hint: '', port: 0 } });
	expect([setup.open, setup.unfinished]).toEqual([false, false]);
	setup.join();
	setup.resume();
	expect(setup.open).toBe(false);
});

test('what is done stays done over a reload, and skipped steps come back when they are asked for', () => {
	const setup = new Setup(store);
	setup.see(fresh);
	setup.chose();
	setup.skip();
	expect([setup.open, setup.unfinished, setup.insists]).toEqual([false, true, false]);
	const later = new Setup(store);
	later.see({ ...fresh, seq: 3 });
	expect([later.open, later.unfinished, later.access, later.joined]).toEqual([false, true, true, false]);
	later.resume();
	later.join();
	expect([later.open, later.insists, later.joined]).toEqual([true, true, true]);
});

test('what another version kept does no harm', () => {
	store.set('setup', { steps: 7, access: 'yes' });
	expect(new Setup(store).unfinished).toBe(false);
	store.set('setup', { steps: 'open', access: 'yes' });
	expect(new Setup(store)).toMatchObject({ open: true, access: false });
});
