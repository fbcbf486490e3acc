import type { Recovered, Since, Welcome } from '../../lib/protocol';

/**
 * What a welcome says about the log: the first one, the same run as before, another log, or another run: whether that is
 * of the same log is known when the recovery ends.
 */
export type Welcomed = 'first' | 'same' | 'another' | 'unsure';

/**
 * Cursor: how far this page has come in the log. The rules are:
 * it is where a recovery ended, then each live seq, and no higher;
 * it does not move from the hello that asks for a recovery to the end of that recovery, whatever comes meanwhile;
 * a seq means something only together with its log's epoch.
 */
export class Cursor {
	epoch = '';
	/** undefined: this page was never in this room. */
	since: number | undefined;
	#asked: Since | undefined;
	/** The present run, while it is not known whether it is of the same log. */
	#next: string | undefined;
	#open = true;
	readonly #limit: number;

	/** limit: how many of the missed messages a recovery brings, the newest ones. */
	constructor(limit: number) {
		this.#limit = limit;
	}

	/** A recovery is under way, or not asked for yet: nothing that comes now moves the cursor. */
	get open(): boolean {
		return this.#open;
	}

	/** The cursor as the first hello of a connection sends it. */
	hello(): Since | undefined {
		this.#open = true;
		return (this.#asked = this.#place());
	}

	/** The cursor for a subscribe that must also recover what was written before it. */
	again(): Since | undefined {
		if (this.since === undefined || this.#open) return undefined;
		this.#open = true;
		return (this.#asked = this.#place());
	}

	welcome({ epoch, seq }: Welcome): Welcomed {
		const asked = this.#asked;
		this.#next = undefined;
		if (asked && asked.since <= seq) {
			if (asked.epoch === epoch) return 'same';
			this.#next = epoch;
			return 'unsure';
		}
		this.epoch = epoch;
		// Only a recovery says how far it reached; without one everything after welcome comes live. Where this page has come
		// further than the log, it is another one.
		this.since = asked ? 0 : seq;
		this.#open = asked !== undefined;
		return asked ? 'another' : 'first';
	}

	/** A recovery ended; returns whether the log is the one that the page knew. */
	recovered({ to, gone }: Recovered): 'same' | 'another' {
		const another = this.#next !== undefined && gone;
		this.epoch = this.#next ?? this.epoch;
		this.#next = undefined;
		this.since = another ? to : Math.max(to, this.since ?? 0);
		this.#open = false;
		return another ? 'another' : 'same';
	}

	/** The requested recovery was refused. */
	refused(): void {
		this.#open = false;
	}

	/** A live message came. */
	live(seq: number): void {
		if (!this.#open && this.since !== undefined && seq > this.since) this.since = seq;
	}

	#place(): Since | undefined {
		return this.since === undefined ? undefined : { since: this.since, epoch: this.epoch, limit: this.#limit };
	}

	clear(): void {
		this.epoch = '';
		this.since = undefined;
		this.#asked = undefined;
		this.#next = undefined;
		this.#open = true;
	}
}
