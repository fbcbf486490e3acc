import type { Attachment } from 'svelte/attachments';
import type { Item } from '../log/messages.svelte';

const STEPS = [0, 0.25, 0.5, 0.75, 1];

/**
 * Observes which messages are on the screen: at least half of a message, or half of the list filled by one message.
 * Rows are mounted before the list that holds them, so either may come first.
 */
export class OnScreen {
	readonly #onchange: (item: Item, is: boolean) => void;
	readonly #items = new Map<Element, Item>();
	#observer: IntersectionObserver | undefined;

	constructor(onchange: (item: Item, is: boolean) => void) {
		this.#onchange = onchange;
	}

	/** Begins; returns what ends it. */
	start(list: Element): () => void {
		this.#observer = new IntersectionObserver((entries) => this.#look(entries), { root: list, threshold: STEPS });
		for (const row of this.#items.keys()) this.#observer.observe(row);
		return () => this.#observer?.disconnect();
	}

	/** Attached to a message's row. */
	watch(item: Item): Attachment {
		return (row) => {
			this.#items.set(row, item);
			this.#observer?.observe(row);
			return () => {
				this.#observer?.unobserve(row);
				this.#items.delete(row);
				this.#onchange(item, false);
			};
		};
	}

	#look(entries: IntersectionObserverEntry[]): void {
		for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
			const item = this.#items.get(target);
			const fills = intersectionRect.height >= (rootBounds?.height ?? Infinity) / 2;
			if (item) this.#onchange(item, isIntersecting && (intersectionRatio >= 0.5 || fills));
		}
	}
}
