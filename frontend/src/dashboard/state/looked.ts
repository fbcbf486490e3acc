import type { Message } from '../../lib/protocol';
import type { Store } from '../../lib/storage';

const KEY = 'looked';
/** People of whom it is remembered. */
const MOST = 500;

/** seen: it was on the screen. settled: it needs no answer. */
type What = 'seen' | 'settled';

/** A message's seq and time: another log begins with low numbers again. */
type Mark = [seq: number, time: string];

type Marks = Partial<Record<What, Mark>>;

/** Up to where each person's messages were looked at in this browser. */
export class Looked {
	readonly #marks: Map<string, Marks>;

	constructor(private readonly store: Store) {
		this.#marks = new Map(read(store.get(KEY)));
	}

	reached(userID: string, what: What, message: Message): boolean {
		return this.upTo(userID, what, message) > 0;
	}

	/** Up to which seq, where that reaches a message; else 0. */
	upTo(userID: string, what: What, { seq, time }: Message): number {
		const mark = this.#marks.get(userID)?.[what];
		return mark !== undefined && seq <= mark[0] && time <= mark[1] ? mark[0] : 0;
	}

	reach(userID: string, { seq, time }: Message, ...whats: What[]): void {
		const marks = { ...this.#marks.get(userID) };
		for (const what of whats) marks[what] = [seq, time];
		// The newest are kept.
		this.#marks.delete(userID);
		this.#marks.set(userID, marks);
		if (this.#marks.size > MOST) this.#marks.delete(this.#marks.keys().next().value!);
	}

	/** Stores what was reached: once for all that came into sight together. */
	keep(): void {
		this.store.set(KEY, [...this.#marks]);
	}
}

function read(stored: unknown): [string, Marks][] {
	if (!Array.isArray(stored)) return [];
	return stored
		.filter((one): one is [string, object] => Array.isArray(one) && typeof one[0] === 'string' && isObject(one[1]))
		.map(([userID, marks]) => {
			const { seen, settled } = marks as Partial<Record<What, unknown>>;
			return [userID, { seen: markOf(seen), settled: markOf(settled) }];
		});
}

function isObject(given: unknown): given is object {
	return typeof given === 'object' && given !== null;
}

function markOf(given: unknown): Mark | undefined {
	if (!Array.isArray(given)) return undefined;
	const [seq, time] = given as unknown[];
	return typeof seq === 'number' && typeof time === 'string' ? [seq, time] : undefined;
}
