import type { Recovered, Since, Welcome } from '../../lib/protocol';

/** What a welcome means for what the page has: it goes on, or all of it is of a log that is no more. */
export type Welcomed = 'same' | 'first' | 'another';

/**
 * How far this page has come in the log. The rules are:
 * a place is where a recovery ended, then each live seq, and no higher;
 * it stands still from the hello that asks for a recovery to the end of that recovery, whatever comes meanwhile;
 * a seq means something only together with its log's epoch.
 */
export class Cursor {
	epoch = '';
	/** undefined: this page was never in this room. */
	since: number | undefined;
	#asked: Since | undefined;
	#open = true;

	/** A recovery is under way, or not asked for yet: nothing that comes now moves the cursor. */
	get open(): boolean {
		return this.#open;
	}

	/** What a hello on a new connection says of it. */
	hello(): Since | undefined {
		this.#open = true;
		this.#asked = this.since === undefined ? undefined : { since: this.since, epoch: this.epoch };
		return this.#asked;
	}

	/** What a subscribe says that must not lose what was written while the page was not in the topic. */
	again(): Since | undefined {
		if (this.since === undefined || this.#open) return undefined;
		this.#open = true;
		return (this.#asked = { since: this.since, epoch: this.epoch });
	}

	welcome({ epoch, seq }: Welcome): Welcomed {
		const asked = this.#asked;
		// Beyond what the log holds: it was put back to an earlier state.
		const another = asked !== undefined && (asked.epoch !== epoch || asked.since > seq);
		this.epoch = epoch;
		if (asked && !another) return 'same';
		// Only a recovery says how far it reached; without one everything after welcome comes live.
		this.since = asked ? 0 : seq;
		this.#open = asked !== undefined;
		return another ? 'another' : 'first';
	}

	recovered({ to }: Recovered): void {
		this.since = Math.max(to, this.since ?? 0);
		this.#open = false;
	}

	/** The recovery that was asked for will not come. */
	refused(): void {
		this.#open = false;
	}

	/** Something came live. */
	live(seq: number): void {
		if (!this.#open && this.since !== undefined && seq > this.since) this.since = seq;
	}

	clear(): void {
		this.epoch = '';
		this.since = undefined;
		this.#asked = undefined;
		this.#open = true;
	}
}
