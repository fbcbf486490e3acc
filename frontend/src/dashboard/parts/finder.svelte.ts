import { tick } from 'svelte';
import type { IconName } from '../../lib/ui/icons';

/** One row that a search offers. */
export interface FinderRow {
	/** Of its own within the list. */
	id: string;
	/** What stands before it: an icon, or whether somebody is here. */
	sign: IconName | 'here' | 'away';
	label: string;
	/** Said after the label, in small type. */
	end?: string;
	/** The key that does the same without the list. */
	key?: string;
}

export interface FinderGroup<Row extends FinderRow> {
	name: string;
	rows: Row[];
}

/**
 * The rows below a field that searches, and the one that is marked: the first, or the one that it was moved to by hand.
 * Rows that come meanwhile do not move it.
 */
export class Finder<Row extends FinderRow> {
	#held = $state('');
	readonly rows: readonly Row[] = $derived.by(() => this.groups().flatMap((group) => group.rows));
	readonly marked: Row | undefined = $derived.by(() => this.rows.find(({ id }) => id === this.#held) ?? this.rows[0]);

	/** list: the id of the list in the page. */
	constructor(
		readonly list: string,
		readonly groups: () => readonly FinderGroup<Row>[],
	) {}

	/** The id of a row in the page. */
	idOf({ id }: Row): string {
		return `${this.list}-${id}`;
	}

	/** Marks the first row again. */
	reset(): void {
		this.#held = '';
	}

	/** Moves the mark by an arrow key; false for another key. */
	move({ key }: KeyboardEvent): boolean {
		const by = { ArrowDown: 1, ArrowUp: -1 }[key];
		if (!by) return false;
		const { rows, marked } = this;
		const next = rows[(rows.indexOf(marked!) + by + rows.length) % rows.length];
		this.#held = next?.id ?? '';
		if (next) void tick().then(() => document.getElementById(this.idOf(next))?.scrollIntoView({ block: 'nearest' }));
		return true;
	}
}
