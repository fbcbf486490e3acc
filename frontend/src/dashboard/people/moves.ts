/** A press within this time was meant for what was there before. */
const SETTLES = 500;

/** Whether the rows of a list have just moved, so that another one is under the hand. */
export class Moves {
	#rows: readonly string[] = [];
	#at = -Infinity;

	/** The rows that are shown now, by their ids. Those that are added below the others move nothing. */
	show(rows: readonly string[]): void {
		const before = this.#rows;
		this.#rows = rows;
		// One is shown larger than several are.
		const other = before.length === 1 && rows.length > 1;
		if (other || before.some((id, at) => at < rows.length && rows[at] !== id)) this.#at = Date.now();
	}

	/** Whether a press was meant for another row. A key presses what has the focus, which does not move. */
	isSlip({ detail }: MouseEvent): boolean {
		return detail > 0 && Date.now() - this.#at < SETTLES;
	}
}
