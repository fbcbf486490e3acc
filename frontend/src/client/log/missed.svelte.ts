import type { Recovered } from '../../lib/protocol';

/** The note above the first missed message of a recovery. */
export interface Note {
	/** Number of the recovery; its messages carry it. */
	batch: number;
	/** Messages of others that were missed, as far as they have come. */
	count: number;
	/** There were more than came: "held" can still be had from history, "gone" cannot. */
	more?: 'held' | 'gone';
	/** What was missed came after this seq. */
	after: number;
}

/** What a recovery left out, as far as history can supply it. */
interface Gap {
	batch: number;
	after: number;
	before: number;
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
	#after = 0;
	#gaps: Gap[] = [];

	/** after: the last seq that the page has. */
	begin(after: number): void {
		if (this.recovering) return;
		this.recovering = true;
		this.#batch++;
		this.#count = 0;
		this.#after = after;
	}

	/** Counts a message; returns its batch, if it was missed. */
	came(own: boolean): number | undefined {
		if (!this.recovering) return undefined;
		if (!own) this.#count++;
		return own ? undefined : this.#batch;
	}

	/** Counts a message of others that came from history; returns its batch, if it was left out of a recovery. */
	loaded(seq: number): number | undefined {
		const gap = this.#gaps.find(({ after, before }) => seq > after && seq < before);
		if (gap?.batch === this.note?.batch && this.note) this.note = { ...this.note, count: this.note.count + 1 };
		return gap?.batch;
	}

	/** The recovery is complete: returns its note, if it brought anything. */
	end({ complete, gone, from }: Recovered): Note | undefined {
		if (!this.recovering) return undefined;
		this.recovering = false;
		// Of another log nothing was missed: it is new.
		if (this.newLog || (this.#count === 0 && complete)) return undefined;
		const [batch, after] = [this.#batch, this.#after];
		const more = complete ? {} : { more: gone ? ('gone' as const) : ('held' as const) };
		if (!complete) this.#gaps.push({ batch, after, before: from });
		return (this.note = { batch, count: this.#count, ...more, after });
	}

	startLog(isNew: boolean): void {
		this.newLog = isNew;
		this.note = undefined;
		this.#count = 0;
		this.#gaps = [];
	}

	clear(): void {
		this.recovering = false;
		this.startLog(false);
	}
}
