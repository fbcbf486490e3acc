/**
 * What lies over the page and is closed by the browser's Back, instead of the page being left. The history has one entry
 * more while something is open, and none afterwards: the next Back leaves.
 */
export class Layers {
	readonly #open: (() => void)[] = [];
	/** The page is at the entry of its own. */
	#deep = false;
	/** A step back of our own is under way: until it is done no other may begin. */
	#stepping = false;

	/** Begins; returns what ends it. */
	start(): () => void {
		const moved = () => this.#moved();
		addEventListener('popstate', moved);
		// Loaded again with something open, which is not open any more.
		this.#deep = isLayer(history.state);
		this.#settle();
		return () => removeEventListener('popstate', moved);
	}

	/** Something was opened, which close closes; returns what to call once it is gone, however it was closed. */
	open(close: () => void): () => void {
		this.#open.push(close);
		this.#settle();
		return () => {
			const at = this.#open.lastIndexOf(close);
			if (at < 0) return;
			this.#open.splice(at, 1);
			this.#settle();
		};
	}

	#moved(): void {
		const own = this.#stepping;
		this.#stepping = false;
		const was = this.#deep;
		this.#deep = isLayer(history.state);
		if (!own && was && !this.#deep) this.#open.pop()?.();
		this.#settle();
	}

	#settle(): void {
		if (this.#stepping || this.#deep === this.#open.length > 0) return;
		if (this.#deep) {
			this.#stepping = true;
			history.back();
		} else {
			history.pushState({ layer: true }, '');
			this.#deep = true;
		}
	}
}

const isLayer = (state: unknown): boolean => (state as { layer?: unknown } | null)?.layer === true;
