import { lowerBound } from '../../lib/sorted';

/** Scroll anchor: a row that must stay where it is on the screen while rows above it come and go. */
export interface Anchor {
	row: Element;
	top: number;
}

/**
 * What stays where it is: the message that has the focus, if it is on the screen, since others may come in above and below it;
 * else the first one that is on the screen.
 */
export function anchor(list: HTMLElement, rows: HTMLElement): Anchor | undefined {
	const { top: edge, bottom } = list.getBoundingClientRect();
	const all = rows.children;
	const focused = rows.contains(document.activeElement) ? document.activeElement!.closest('li') : null;
	if (focused?.id) {
		const box = focused.getBoundingClientRect();
		if (box.bottom > edge && box.top < bottom) return { row: focused, top: box.top };
	}
	// They stand one below the other, thousands of them.
	let first = lowerBound(all.length, (i) => all[i]!.getBoundingClientRect().bottom <= edge);
	while (first < all.length && !all[first]!.id) first++;
	const row = all[first];
	return row && { row, top: row.getBoundingClientRect().top };
}

/**
 * Scrolls so that the row is where it was. Browsers that do so themselves leave nothing to do, but not all of them do,
 * and none at the very top of a list.
 */
export function restore(list: HTMLElement, anchor: Anchor | undefined): void {
	if (!anchor?.row.isConnected) return;
	const moved = anchor.row.getBoundingClientRect().top - anchor.top;
	if (Math.abs(moved) >= 1) list.scrollTop += moved;
}
