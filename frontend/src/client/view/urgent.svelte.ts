import type { Item } from '../log/messages.svelte';
import type { Session } from '../connection/session.svelte';
import { isUrgent, type View } from './view.svelte';

// A finger that was on its way to something else presses within this time of the page.
const NO_ACCIDENT = 700;

/**
 * Messages that wait for an answer. The urgent ones take the whole page, one after the other, the oldest first; put
 * off they are a strip, and so is what the operator asked for again, until it is on the screen.
 */
export class Urgent {
	readonly #session: Session;
	readonly #view: View;
	/** Pages wait while what was missed is still coming. */
	readonly #waiting: readonly Item[] = $derived.by(() => this.#find());
	/** The message that takes the whole page. */
	readonly page: Item | undefined = $derived.by(() => this.#page());
	/** Those that a strip shows, the oldest first. */
	readonly strip: readonly Item[] = $derived.by(() => this.#strip());
	#shownSeq = 0;
	#shownAt = 0;

	constructor(session: Session, view: View) {
		this.#session = session;
		this.#view = view;
	}

	/** When the operator asked again for a message; undefined where that has not happened. */
	asked({ message }: Item): string | undefined {
		return this.#session.feed.reminded.get(message.seq);
	}

	/** The page shows a message from now on. */
	opened({ message }: Item): void {
		this.#shownSeq = message.seq;
		this.#shownAt = Date.now();
	}

	/** The button of the page was pressed. False for a press that nobody meant. */
	press(item: Item): boolean {
		const { seq } = item.message;
		if (this.#shownSeq === seq && Date.now() - this.#shownAt < NO_ACCIDENT) return false;
		this.#session.feed.acks.press(seq);
		return true;
	}

	/** Closed without an answer. */
	putOff({ message }: Item): void {
		this.#session.feed.putOff(message.seq);
	}

	/** Pressed in its strip: whole page again. */
	reopen({ message }: Item): void {
		this.#session.feed.bringBack(message.seq);
	}

	#find(): Item[] {
		const { feed, messages } = this.#session;
		return messages.items.filter((item) => {
			if (!feed.asks(item)) return false;
			const { at } = feed.acks.of(item.message.seq);
			return at !== 'done' && at !== 'refused' && (isUrgent(item) || feed.reminded.has(item.message.seq));
		});
	}

	#page(): Item | undefined {
		const { feed, stage } = this.#session;
		if (stage !== 'room' || feed.missed.catching) return undefined;
		return this.#waiting.find((item) => isUrgent(item) && !feed.later.has(item.message.seq));
	}

	#strip(): Item[] {
		const { feed } = this.#session;
		return this.#waiting.filter(
			(item) =>
				feed.acks.of(item.message.seq).at === 'open' &&
				item !== this.page &&
				(!isUrgent(item) || feed.later.has(item.message.seq)) &&
				!this.#view.answerable.has(item.message.seq),
		);
	}
}
