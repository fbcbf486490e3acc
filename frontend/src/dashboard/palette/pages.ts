import type { IconName } from '../../lib/ui/icons';
import type { Page } from '../view.svelte';

interface Place {
	label: string;
	icon: IconName;
	page: Page;
	/** The id of the part that gets the focus. */
	section?: string;
	/** Other words that people look for it by. */
	also?: string;
}

/** The pages, and the sections of the settings. */
export const PAGES: readonly Place[] = [
	{ label: 'Room', icon: 'room', page: 'room', also: 'feed messages' },
	{ label: 'Announcements', icon: 'megaphone', page: 'announcements', also: 'receipts read confirmed report' },
	{ label: 'Search', icon: 'search', page: 'search', section: 'search-log', also: 'find messages log export' },
	{ label: 'Settings', icon: 'settings', page: 'settings', section: 'set-room', also: 'room name preferences' },
	{
		label: 'Access',
		icon: 'door',
		page: 'settings',
		section: 'set-entry',
		also: 'who can join code list approval blocked',
	},
	{ label: 'Operator’s key', icon: 'key', page: 'settings', section: 'set-key', also: 'password sign in sessions' },
	{
		label: 'Programs',
		icon: 'plug',
		page: 'settings',
		section: 'set-programs',
		also: 'tokens webhooks api scripts ntfy gotify bots',
	},
	{ label: 'Network', icon: 'wifi', page: 'settings', section: 'set-network', also: 'address port wi-fi qr' },
	{ label: 'Limits', icon: 'limit', page: 'settings', section: 'set-limits', also: 'devices rate advanced' },
	{ label: 'History', icon: 'history', page: 'settings', section: 'set-history', also: 'keep delete retention' },
	{ label: 'Look and sound', icon: 'theme', page: 'settings', section: 'set-look', also: 'theme dark light letters' },
	{ label: 'About', icon: 'info', page: 'settings', section: 'set-about', also: 'version folder licence support' },
	{ label: 'Help', icon: 'help', page: 'settings', section: 'set-help', also: 'guide how to phone cannot open' },
	{ label: 'Activity', icon: 'clock', page: 'settings', section: 'set-audit', also: 'audit list who did what' },
];
