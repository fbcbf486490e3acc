import type { Dashboard } from '../lib/state/dashboard/dashboard.svelte';
import type { View } from './view.svelte';

/** Listens to the keys of the sheet. Single letters count only while no field has the focus and nothing is open. */
export function listenToKeys(dashboard: Dashboard, view: View): () => void {
	const letters: Record<string, () => void> = {
		'/': () => void view.go('feed', 'filter-feed'),
		'?': () => view.show('keys'),
		c: () => void view.go('feed', 'message'),
		j: () => view.show('join'),
		p: () => void view.go('people', 'find-person', 'people'),
	};

	function keydown(event: KeyboardEvent): void {
		if (view.open || dashboard.room.connection.state === 'key' || !dashboard.room.state) return;
		if (event.key === 'F6') {
			event.preventDefault();
			nextColumn(event.shiftKey ? -1 : 1);
			return;
		}
		// Who dictates would set off letters with every word, so they can be switched off; "?" leads back there.
		if (!dashboard.prefs.letters && event.key !== '?') return;
		if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
		const act = letters[event.key.toLowerCase()];
		if (!act) return;
		event.preventDefault();
		act();
	}

	addEventListener('keydown', keydown);
	return () => removeEventListener('keydown', keydown);
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
