/** Roving tabindex: many buttons are one Tab stop, the newest until the arrow keys choose another. */
export class Roving {
	readonly #selector: string;
	#stop: HTMLElement | undefined;
	#chosen = false;

	constructor(selector: string) {
		this.#selector = selector;
	}

	/** Updates the Tab stop after rows came or went. A reactive property would be computed for thousands of rows. */
	update(rows: Element): void {
		if (this.#chosen && this.#stop?.isConnected) return;
		let row = rows.lastElementChild;
		while (row && !row.querySelector(this.#selector)) row = row.previousElementSibling;
		this.#choose(row?.querySelector(this.#selector), false);
	}

	/** The arrow keys go from one button to the next. */
	arrows(rows: Element, event: KeyboardEvent): void {
		const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
		const buttons = [...rows.querySelectorAll(this.#selector)];
		const at = buttons.indexOf(event.target as Element);
		const next = step && at >= 0 ? buttons[at + step] : undefined;
		if (!next) return;
		event.preventDefault();
		this.#choose(next, true);
		this.#stop?.focus();
	}

	#choose(next: Element | null | undefined, byArrows: boolean): void {
		if (this.#stop) this.#stop.tabIndex = -1;
		this.#stop = next instanceof HTMLElement ? next : undefined;
		if (this.#stop) this.#stop.tabIndex = 0;
		this.#chosen = byArrows;
	}
}
