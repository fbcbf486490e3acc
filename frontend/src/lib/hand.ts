/** A scroll this soon after a touch, a wheel or a key is the person's own, in milliseconds. */
const OWN = 1_000;
/** What comes sooner after the last event is of the same gesture. */
const PAUSE = 200;

/**
 * Whether a list moves by a person's hand or by itself. A wheel or a trackpad moves on after it was let go; once a press has
 * said where the list is to be, the rest of the gesture before it no longer counts.
 */
export class Hand {
	#touched = -Infinity;
	#turned = -Infinity;
	#ended = -Infinity;
	#raised = -Infinity;
	#over = false;
	#top = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	/** A gesture begins: a press, a key. */
	readonly begin = (): void => {
		this.#over = false;
		this.#touched = this.#turned = Date.now();
	};

	/** A wheel turns. The list moves only some frames later, so which way it will move is said here. */
	readonly turn = (event: WheelEvent): void => {
		this.move();
		if (event.deltaY !== 0) this.#raised = event.deltaY < 0 ? this.#touched : -Infinity;
	};

	/** The list is now so many pixels from its start. Returns whether a hand has moved it up. */
	scrolled(top: number): boolean {
		const up = this.moves && top < this.#top - 1;
		this.#top = top;
		if (up) this.#raised = Date.now();
		return up;
	}

	/** A hand moves the list up, however little as yet: pulled to its end, it could not be scrolled up while people write. */
	get holds(): boolean {
		return this.moves && Date.now() - this.#raised < OWN;
	}

	/** Calls once when no hand can be holding the list any more, unless it is asked again before. */
	later(call: () => void): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(call, OWN);
	}

	/** A gesture begins or goes on: a wheel turns, a finger moves. */
	readonly move = (): void => {
		const now = Date.now();
		if (now - this.#turned >= PAUSE) this.#over = false;
		this.#turned = now;
		if (!this.#over) this.#touched = now;
	};

	/** A press has said where the list is to be. */
	end(): void {
		this.#over = true;
		this.#touched = this.#raised = -Infinity;
		this.#ended = Date.now();
	}

	/** The list moves by hand. */
	get moves(): boolean {
		return Date.now() - this.#touched < OWN;
	}

	/** The list may still move by what is left of a gesture that is over. */
	get ebbs(): boolean {
		return this.#over && Date.now() - this.#ended < OWN;
	}
}
