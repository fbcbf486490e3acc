import type { Acks } from './acks.svelte';
import { isUrgent, type Item } from './messages.svelte';
import type { Outstanding } from './outstanding.svelte';

/** Which messages ask this person for something: to acknowledge them, at once or later, or to see them. */
export class Asking {
	/** Postponed urgent messages, and the times of reminders. */
	later = $state.raw<ReadonlySet<number>>(new Set());
	reminded = $state.raw<ReadonlyMap<number, string>>(new Map());
	/** The seq at which this person first came in: nothing before it was for them. */
	from = 0;
	readonly #acks: Acks;
	readonly #outstanding: Outstanding;

	constructor(acks: Acks, outstanding: Outstanding) {
		this.#acks = acks;
		this.#outstanding = outstanding;
	}

	/** Whether a message asks this person for an acknowledgement, or has it. */
	asks({ message: { ack, seq }, own }: Item): boolean {
		return (
			ack !== undefined &&
			!own &&
			(seq > this.from || this.#outstanding.has(seq) || this.reminded.has(seq) || this.#acks.of(seq).at === 'done')
		);
	}

	/** A message waits for this person to acknowledge it, or if it is urgent to see it. */
	waits(item: Item, isUnread: boolean): boolean {
		if (item.message.ack === undefined) return isUrgent(item) && isUnread;
		return this.asks(item) && this.#acks.of(item.message.seq).at !== 'done';
	}

	putOff(seq: number): void {
		this.later = new Set(this.later).add(seq);
	}

	bringBack(seq: number): void {
		this.later = new Set([...this.later].filter((other) => other !== seq));
	}

	/** The operator asks again. */
	remind(seq: number): void {
		this.reminded = new Map(this.reminded).set(seq, new Date().toISOString());
		this.bringBack(seq);
	}

	clear(): void {
		this.later = new Set();
		this.reminded = new Map();
		this.from = 0;
	}
}
