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
	#over = false;

	/** A gesture begins: a press, a key. */
	readonly begin = (): void => {
		this.#over = false;
		this.#touched = this.#turned = Date.now();
	};

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
		this.#touched = -Infinity;
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
