import { beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../../lib/storage';
import { Prefs } from './prefs.svelte';

let store: Store;
let systemIsDark: boolean;

beforeEach(() => {
	localStorage.clear();
	store = new Store('test.');
	systemIsDark = false;
	vi.stubGlobal('matchMedia', () => ({ matches: systemIsDark }));
});

test('the theme flips away from what is seen, and back to the system’s', () => {
	const prefs = new Prefs(store);
	expect(prefs.theme).toBe('system');
	prefs.flipTheme();
	expect([prefs.theme, document.documentElement.dataset.theme]).toEqual(['dark', 'dark']);
	prefs.flipTheme();
	expect([prefs.theme, document.documentElement.dataset.theme]).toEqual(['system', undefined]);
	systemIsDark = true;
	prefs.flipTheme();
	expect(prefs.theme).toBe('light');
});

test('what was chosen is remembered', () => {
	const prefs = new Prefs(store);
	prefs.flipTheme();
	prefs.flipSound();
	prefs.flipLetters();
	prefs.resize(1);
	expect(new Prefs(store)).toMatchObject({ theme: 'dark', sound: true, letters: false, textSize: 110 });
});

test('text is made larger and smaller within bounds, and normal again', () => {
	const prefs = new Prefs(store);
	for (let i = 0; i < 9; i++) prefs.resize(1);
	expect([prefs.textSize, document.documentElement.dataset.text]).toEqual([200, '200']);
	for (let i = 0; i < 9; i++) prefs.resize(-1);
	expect(prefs.textSize).toBe(90);
	prefs.resize(0);
	expect([prefs.textSize, document.documentElement.dataset.text]).toEqual([100, undefined]);
});

test('what another version kept does no harm', () => {
	store.set('prefs', { theme: 7, sound: 'loud', textSize: 'huge' });
	expect(new Prefs(store)).toMatchObject({ theme: 'system', sound: false, letters: true, textSize: 100 });
});
