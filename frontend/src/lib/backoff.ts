/** Delays between attempts, in milliseconds. */
export interface BackoffOptions {
	base?: number;
	cap?: number;
	random?: () => number;
}

/**
 * Exponential backoff with full jitter: each wait is drawn from 0 up to a limit that doubles. The whole range is
 * random, because a room of a thousand phones loses its server in the same instant.
 */
export class Backoff {
	readonly #base: number;
	readonly #cap: number;
	readonly #random: () => number;
	#tries = 0;

	constructor({ base = 500, cap = 20_000, random = Math.random }: BackoffOptions = {}) {
		this.#base = base;
		this.#cap = cap;
		this.#random = random;
	}

	/** The next wait; each call counts as one more failure. */
	next(): number {
		// Beyond 2^30 the limit is the cap many times over, and the power must not reach Infinity.
		const limit = Math.min(this.#cap, this.#base * 2 ** Math.min(this.#tries, 30));
		this.#tries++;
		return this.#random() * limit;
	}

	/** Jitter for a delay that the server named: between half of ms and all of it. */
	spread(ms: number): number {
		return ms * (0.5 + this.#random() / 2);
	}

	/** A long delay, for a page in the background. */
	slow(): number {
		return this.spread(this.#cap);
	}

	reset(): void {
		this.#tries = 0;
	}
}
