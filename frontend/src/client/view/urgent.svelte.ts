import type { Session } from '../connection/session.svelte';
import type { Item } from '../log/messages.svelte';
import { isUrgent, type ListView } from './list-view.svelte';

// Presses within this time after the page appeared are ignored: they were meant for what was there before.
const NO_ACCIDENT = 700;

/**
 * Unacknowledged messages. Urgent ones take the whole page, one after the other, the oldest first; postponed ones are
 * shown as a strip, and so are reminders, until their message is on the screen.
 */
export class Urgent {
	readonly #session: Session;
	readonly #view: ListView;
	/** Pages wait while what was missed is still coming. */
	readonly #waiting: readonly Item[] = $derived.by(() => this.#find());
	/** The message that takes the whole page. */
	readonly page: Item | undefined = $derived.by(() => this.#page());
	/** Those that a strip shows, the oldest first. */
	readonly strip: readonly Item[] = $derived.by(() => this.#strip());
	#shownSeq = 0;
	#shownAt = 0;

	constructor(session: Session, view: ListView) {
		this.#session = session;
		this.#view = view;
	}

	/** When the operator asked again for a message; undefined where that has not happened. */
	asked({ message }: Item): string | undefined {
		return this.#session.log.reminded.get(message.seq);
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
		this.#session.log.acks.press(seq);
		return true;
	}

	/** Closed without an answer. */
	putOff({ message }: Item): void {
		this.#session.log.putOff(message.seq);
	}

	/** Pressed in its strip: whole page again. */
	reopen({ message }: Item): void {
		this.#session.log.bringBack(message.seq);
	}

	#find(): Item[] {
		const { log, messages } = this.#session;
		return messages.items.filter((item) => {
			if (!log.asks(item)) return false;
			const { at } = log.acks.of(item.message.seq);
			return at !== 'done' && at !== 'refused' && (isUrgent(item) || log.reminded.has(item.message.seq));
		});
	}

	#page(): Item | undefined {
		const { log, stage } = this.#session;
		if (stage !== 'room' || log.missed.recovering) return undefined;
		return this.#waiting.find((item) => isUrgent(item) && !log.later.has(item.message.seq));
	}

	#strip(): Item[] {
		const { log } = this.#session;
		return this.#waiting.filter(
			(item) =>
				log.acks.of(item.message.seq).at === 'open' &&
				item !== this.page &&
				(!isUrgent(item) || log.later.has(item.message.seq)) &&
				!this.#view.answerable.has(item.message.seq),
		);
	}
}
