import type { Dashboard } from './state/dashboard.svelte';
import { FIND, type DashboardView } from './view.svelte';
import { isMac } from './parts/platform';

/** Milliseconds after "G" in which the letter of a page counts. */
const GO_WITHIN = 1_500;

/** Keyboard shortcuts, as the Shortcuts dialog lists them. Single letters count only outside fields and dialogs. */
export function listenToKeys(dashboard: Dashboard, view: DashboardView): () => void {
	const letters: Record<string, () => void> = {
		'/': () => void view.find(),
		'?': () => view.show('keys'),
		c: () => void view.go('feed', 'message'),
		j: () => view.show('join'),
		p: () => void view.go('people', 'find-person', 'people'),
	};

	// "G", then where to.
	const pages: Record<string, () => void> = {
		r: () => void view.turn('room'),
		a: () => void view.turn('announcements'),
		s: () => void view.turn('search', FIND.search),
		t: () => void view.turn('settings', FIND.settings),
	};
	let going = -GO_WITHIN;

	// A browser has a zoom of its own under these keys; the window has none.
	const sizes: Record<string, -1 | 0 | 1> = { '+': 1, '=': 1, '-': -1, '0': 0 };

	function keydown(event: KeyboardEvent): void {
		if (dashboard.operator.door === 'window' && (event.ctrlKey || event.metaKey) && event.key in sizes) {
			event.preventDefault();
			dashboard.prefs.resize(sizes[event.key]!);
			return;
		}
		if (isPalette(event) && (!view.open || view.open.what === 'palette')) {
			event.preventDefault();
			if (view.open) view.close();
			else view.show('palette');
			return;
		}
		if (view.open || dashboard.room.connection.state === 'key' || !dashboard.room.state) return;
		if (event.key === 'F6') {
			event.preventDefault();
			nextColumn(event.shiftKey ? -1 : 1);
			return;
		}
		// Dictation would trigger letters with every word, so they can be switched off; "?" leads back to that setting.
		if (!dashboard.prefs.letters && event.key !== '?') return;
		if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
		const letter = event.key.toLowerCase();
		const act = event.timeStamp - going < GO_WITHIN ? pages[letter] : letters[letter];
		going = letter === 'g' ? event.timeStamp : -GO_WITHIN;
		if (!act) return;
		event.preventDefault();
		act();
	}

	addEventListener('keydown', keydown);
	return () => removeEventListener('keydown', keydown);
}

// On a Mac Ctrl+K deletes to the end of the line. Where the keyboard has no Latin letters, the key's place counts.
function isPalette(event: KeyboardEvent): boolean {
	const held = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
	const key = event.key.toLowerCase();
	return held && !event.altKey && !event.shiftKey && (key === 'k' || (event.code === 'KeyK' && key > '\u007f'));
}

function isField(target: EventTarget | null): boolean {
	return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

function nextColumn(by: number): void {
	const panes = [...document.querySelectorAll<HTMLElement>('.pane')].filter((pane) => pane.offsetParent !== null);
	const at = panes.findIndex((pane) => pane.contains(document.activeElement));
	const next = at < 0 ? (by > 0 ? 0 : panes.length - 1) : (at + by + panes.length) % panes.length;
	panes[next]?.focus();
}
