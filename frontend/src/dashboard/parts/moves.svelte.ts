/** Presses within this time were meant for what was there before. */
const SETTLES = 500;

/** Whether the rows of a list have just moved, so that another one is under the hand. */
export class Moves {
	settling = $state(false);
	#rows: readonly string[] = [];
	#timer: ReturnType<typeof setTimeout> | undefined;

	/** The rows that are shown now, by their ids. Those that are added below the others move nothing. */
	show(rows: readonly string[]): void {
		const before = this.#rows;
		this.#rows = rows;
		// One is shown larger than several are.
		const other = before.length === 1 && rows.length > 1;
		if (!other && !before.some((id, at) => at < rows.length && rows[at] !== id)) return;
		this.settling = true;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => (this.settling = false), SETTLES);
	}
}
