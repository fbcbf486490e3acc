import type { Recovered } from '../../lib/protocol';

/** The note above the first missed message of a recovery. */
export interface Note {
	/** Number of the recovery; its messages carry it. */
	batch: number;
	/** Recovered messages of others. */
	count: number;
	/** There were more than came: "held" can still be had from history, "gone" cannot. */
	more?: 'held' | 'gone';
}

/** Counts missed messages during a recovery. An interrupted recovery goes on with the next. */
export class Missed {
	/** A recovery is running. */
	recovering = $state(false);
	note = $state.raw<Note>();
	/** Everything that the page had was of another log. */
	newLog = $state(false);
	#batch = 0;
	#count = 0;

	begin(): void {
		if (this.recovering) return;
		this.recovering = true;
		this.#batch++;
		this.#count = 0;
	}

	/** Counts a message; returns its batch, if it was missed. */
	came(own: boolean): number | undefined {
		if (!this.recovering) return undefined;
		if (!own) this.#count++;
		return own ? undefined : this.#batch;
	}

	/** The recovery is complete: returns its note, if it brought anything. */
	end({ complete, gone }: Recovered): Note | undefined {
		if (!this.recovering) return undefined;
		this.recovering = false;
		// Of another log nothing was missed: it is new.
		if (this.newLog || (this.#count === 0 && complete)) return undefined;
		const more = complete ? {} : { more: gone ? ('gone' as const) : ('held' as const) };
		return (this.note = { batch: this.#batch, count: this.#count, ...more });
	}

	startLog(isNew: boolean): void {
		this.newLog = isNew;
		this.note = undefined;
		this.#count = 0;
	}

	clear(): void {
		this.recovering = false;
		this.startLog(false);
	}
}
