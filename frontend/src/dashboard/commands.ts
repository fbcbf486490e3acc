import type { Command } from './operator/operator';
import type { Dashboard } from './state/dashboard.svelte';
import { FIND, type DashboardView } from './view.svelte';

/** Does what the window's menu asks for. */
export function obey(command: Command, { prefs }: Dashboard, view: DashboardView): void {
	const acts: Record<Command, () => unknown> = {
		write: () => view.go('feed', 'message'),
		feed: () => view.go('feed', 'messages'),
		people: () => view.go('people', 'find-person', 'people'),
		announcements: () => view.turn('announcements'),
		search: () => view.turn('search', FIND.search),
		settings: () => view.turn('settings', FIND.settings),
		find: () => view.find(),
		palette: () => view.show('palette'),
		join: () => view.show('join'),
		larger: () => prefs.resize(1),
		smaller: () => prefs.resize(-1),
		normal_size: () => prefs.resize(0),
		help: () => view.turn('settings', 'set-help'),
		keys: () => view.show('keys'),
		about: () => view.turn('settings', 'set-about'),
		quit: () => view.show('quit'),
	};
	acts[command]();
}
