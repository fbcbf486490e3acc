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
	expect(new Prefs(store)).toMatchObject({ theme: 'dark', sound: true, letters: false });
});

test('what another version kept does no harm', () => {
	store.set('prefs', { theme: 7, sound: 'loud' });
	expect(new Prefs(store)).toMatchObject({ theme: 'system', sound: false, letters: true });
});
