import type { Recovered } from '../../lib/protocol';

/** What a return brought: said once, above the first of it. */
export interface Note {
	/** Which return it was; the messages it brought carry it. */
	batch: number;
	/** Messages of others that came with it. */
	count: number;
	/** There were more than came: "held" can still be had from history, "gone" cannot. */
	more?: 'held' | 'gone';
}

/** Counts what a page was sent that was away. A return that breaks off goes on with the next. */
export class Missed {
	/** Messages are coming that were missed. */
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

	/** A message came; gives the batch that it belongs to, if it was missed. */
	came(own: boolean): number | undefined {
		if (!this.recovering) return undefined;
		if (!own) this.#count++;
		return own ? undefined : this.#batch;
	}

	/** All of it is there. Gives what is to be said of it, if anything. */
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
