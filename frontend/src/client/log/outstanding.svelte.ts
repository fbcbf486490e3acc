import type { Item } from './messages.svelte';

export interface OutstandingOptions {
	/** Requests one message. */
	fetch: (seq: number) => void;
	/** Whether the page has a message. */
	has: (seq: number) => boolean;
	isAcknowledged: (seq: number) => boolean;
}

/**
 * Messages that wait for this person and that the list has not reached: they were left out of a recovery, or came before
 * this page. Each is fetched by itself, until it has come, was acknowledged, or is no longer there.
 */
export class Outstanding {
	#seqs: ReadonlySet<number> = $state.raw(new Set());
	/** Called for those that have come, all together. */
	oncame: (items: readonly Item[]) => void = () => {};
	readonly #options: OutstandingOptions;
	/** What the welcome says waits for this person: known before what is recovered of it has come. */
	#asks: readonly number[] = [];
	#came: Item[] = [];

	constructor(options: OutstandingOptions) {
		this.#options = options;
	}

	get seqs(): ReadonlySet<number> {
		return this.#seqs;
	}

	has(seq: number): boolean {
		return this.#seqs.has(seq);
	}

	add(seqs: Iterable<number>): void {
		this.#seqs = new Set([...this.#seqs, ...seqs]);
	}

	drop(isOver: (seq: number) => boolean): void {
		this.#seqs = new Set([...this.#seqs].filter((seq) => !isOver(seq)));
	}

	welcome(asks: readonly number[]): void {
		this.#asks = asks;
		this.#came = [];
	}

	/** Whatever was sent has come: fetches the rest. */
	fetch(): void {
		const { has, isAcknowledged, fetch } = this.#options;
		const isMissing = (seq: number) => !has(seq) && !isAcknowledged(seq);
		this.add(this.#asks.filter(isMissing));
		this.#asks = [];
		for (const seq of this.#seqs) if (isMissing(seq)) fetch(seq);
	}

	/** The answer to a request: the message, unless it is no longer there. isLast: no other answer is to come. */
	came(seq: number, items: readonly Item[], isLast: boolean): void {
		if (!this.#options.has(seq)) this.drop((other) => other === seq);
		this.#came.push(...items);
		if (!isLast || this.#came.length === 0) return;
		const came = this.#came;
		this.#came = [];
		this.oncame(came);
	}

	clear(): void {
		this.#seqs = new Set();
	}
}
