import type { Store } from '../../lib/storage';
import type { State } from '../operator/operator';

const KEY = 'setup';

/** What is kept of the first steps. */
interface Kept {
	/** "open": they are shown while nothing is written; "skipped": Help brings them back; "done": nothing does. */
	steps: 'open' | 'skipped' | 'done';
	/** The operator chose who can join. */
	access: boolean;
	/** A device has joined. */
	joined: boolean;
}

/**
 * The first steps of a new room: name it, choose who can join, try it with a phone. A room that has a name or a message
 * when this browser first sees it is not new, and has none.
 */
export class Setup {
	#kept = $state.raw<Kept>();
	/** Asked for in Help: shown whatever is written. */
	#asked = $state(false);

	/** They are shown where the messages are, as long as there are none. */
	readonly open = $derived(this.#kept?.steps === 'open');
	/** They are shown even though there are messages. */
	readonly insists = $derived(this.#asked && this.open);
	/** Help offers them. */
	readonly unfinished = $derived(this.#kept !== undefined && this.#kept.steps !== 'done');
	readonly access = $derived(this.#kept?.access ?? false);
	readonly joined = $derived(this.#kept?.joined ?? false);

	constructor(private readonly store: Store) {
		const { steps, access, joined } = (store.get(KEY) ?? {}) as Record<string, unknown>;
		if (steps === 'open' || steps === 'skipped' || steps === 'done')
			this.#kept = { steps, access: access === true, joined: joined === true };
	}

	/** Takes a look at the room: a new one begins with the steps. */
	see({ name, seq, problem }: Pick<State, 'name' | 'seq' | 'problem'>): void {
		if (!this.#kept && !problem && !name && seq === 0) this.#keep({ steps: 'open', access: false, joined: false });
	}

	/** Who can join was chosen. */
	chose(): void {
		this.#change({ access: true });
	}

	/** Somebody is here. */
	join(): void {
		if (!this.joined) this.#change({ joined: true });
	}

	skip(): void {
		this.#asked = false;
		this.#change({ steps: 'skipped' });
	}

	finish(): void {
		this.#asked = false;
		this.#change({ steps: 'done' });
	}

	/** Brings them back. */
	resume(): void {
		this.#asked = true;
		this.#change({ steps: 'open' });
	}

	#change(change: Partial<Kept>): void {
		if (this.#kept) this.#keep({ ...this.#kept, ...change });
	}

	#keep(kept: Kept): void {
		this.#kept = kept;
		this.store.set(KEY, kept);
	}
}
