import type { Session } from '../connection/session.svelte';
import { isUrgent, type Item } from '../log/messages.svelte';
import type { ListView } from './list-view.svelte';

// Presses within this time after the page appeared are ignored: they were meant for what was there before.
const NO_ACCIDENT = 700;

/**
 * Unacknowledged messages. Urgent ones take the whole page, one after the other, the oldest first; postponed ones are
 * shown as a strip, and so are reminders and what the list has not reached, until their message is on the screen.
 */
export class Urgent {
	readonly #session: Session;
	readonly #view: ListView;
	/** Pages wait while what was missed is still coming. */
	readonly #waiting: readonly Item[] = $derived.by(() => this.#find());
	/** Those that take the whole page, the first of them now. */
	readonly #pages: readonly Item[] = $derived.by(() => this.#queue());
	/** The message that takes the whole page. */
	readonly page: Item | undefined = $derived(this.#pages[0]);
	/** Where that one is in a row of several; undefined where it is the only one. */
	readonly place: { at: number; of: number } | undefined = $derived.by(() => this.#place());
	/** Those that a strip shows, the oldest first. */
	readonly strip: readonly Item[] = $derived.by(() => this.#strip());
	/** Those of this row that were shown, by seq. */
	#row: readonly number[] = $state.raw([]);
	#shownAt = 0;

	constructor(session: Session, view: ListView) {
		this.#session = session;
		this.#view = view;
	}

	/** When the operator asked again for a message; undefined where that has not happened. */
	asked({ message }: Item): string | undefined {
		return this.#session.log.asking.reminded.get(message.seq);
	}

	/** The page shows a message from now on. */
	opened({ message: { seq } }: Item): void {
		if (!this.#row.includes(seq)) this.#row = [...this.#row, seq];
		this.seen();
	}

	/** The page came before somebody's eyes just now: with its message, or as the screen went on. */
	seen(): void {
		this.#shownAt = Date.now();
	}

	/** The page is gone; with the last one the row ends. */
	closed(): void {
		if (!this.page) this.#row = [];
	}

	/** A press that begins now was meant for what was there before. */
	get tooSoon(): boolean {
		return Date.now() - this.#shownAt < NO_ACCIDENT;
	}

	/** The button of the page was pressed. */
	press({ message: { seq } }: Item): void {
		if (!this.tooSoon) this.#session.log.acks.press(seq);
	}

	/** Closed without an answer. */
	putOff({ message }: Item): void {
		this.#session.log.putOff(message.seq);
	}

	/** Pressed in its strip: whole page again. */
	reopen({ message }: Item): void {
		this.#session.log.asking.bringBack(message.seq);
	}

	#find(): Item[] {
		const { log, messages } = this.#session;
		return messages.items.filter((item) => {
			if (!log.asking.asks(item)) return false;
			const { seq } = item.message;
			const { at } = log.acks.of(seq);
			return (
				at !== 'done' &&
				at !== 'refused' &&
				(isUrgent(item) || log.asking.reminded.has(seq) || log.outstanding.has(seq))
			);
		});
	}

	#queue(): Item[] {
		const { log, stage } = this.#session;
		if (stage !== 'room' || log.missed.recovering) return [];
		return this.#waiting.filter((item) => isUrgent(item) && !log.asking.later.has(item.message.seq));
	}

	#place(): { at: number; of: number } | undefined {
		const row = new Set([...this.#row, ...this.#pages.map(({ message }) => message.seq)]);
		if (!this.page || row.size < 2) return undefined;
		return { at: [...row].indexOf(this.page.message.seq) + 1, of: row.size };
	}

	#strip(): Item[] {
		const { log } = this.#session;
		return this.#waiting.filter(
			(item) =>
				log.acks.of(item.message.seq).at === 'open' &&
				item !== this.page &&
				(!isUrgent(item) || log.asking.later.has(item.message.seq)) &&
				!this.#view.answerable.has(item.message.seq),
		);
	}
}
