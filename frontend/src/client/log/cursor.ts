import type { Recovered, Since, Welcome } from '../../lib/protocol';

/** What a welcome says about the log: the first one, the same as before, or another one. */
export type Welcomed = 'same' | 'first' | 'another';

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
	#open = true;

	/** A recovery is under way, or not asked for yet: nothing that comes now moves the cursor. */
	get open(): boolean {
		return this.#open;
	}

	/** The cursor as the first hello of a connection sends it. */
	hello(): Since | undefined {
		this.#open = true;
		this.#asked = this.since === undefined ? undefined : { since: this.since, epoch: this.epoch };
		return this.#asked;
	}

	/** The cursor for a subscribe that must also recover what was written before it. */
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

	/** The requested recovery was refused. */
	refused(): void {
		this.#open = false;
	}

	/** A live message came. */
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
