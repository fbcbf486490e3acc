import { tick } from 'svelte';
import type { Person } from '../lib/state/dashboard/person';

export type Part = 'feed' | 'people' | 'now';

/** What is open: a dialog, and for disconnecting, whom. */
export type Open = { what: 'keys' | 'join' | 'quit' | 'name' | 'topic' } | { what: 'disconnect'; person: Person };

/** What the operator sees of the dashboard: which part in a narrow window, which tab, which dialog. */
export class View {
	/** Below 1100 px the part that is shown, or stands beside the feed. */
	part = $state<Part>(matchMedia('(min-width: 760px)').matches ? 'people' : 'feed');
	side = $state<'people' | 'topics'>('people');
	open = $state.raw<Open>();

	show(what: Exclude<Open['what'], 'disconnect'>): void {
		this.open = { what };
	}

	close = (): void => {
		this.open = undefined;
	};

	/** Brings a part into sight and gives the focus to a field in it. */
	async go(part: Part, field: string, side?: 'people' | 'topics'): Promise<void> {
		this.open = undefined;
		if (side) this.side = side;
		if (part === 'feed' && !matchMedia('(max-width: 759px)').matches) part = this.part;
		this.part = part;
		await tick();
		const found = document.getElementById(field);
		found?.focus();
		if (found instanceof HTMLInputElement) found.select();
	}
}
