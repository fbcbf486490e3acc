import { randomId } from './ids';
import { Store } from './storage';

/** Every tab of this browser answers within this time, unless it is gone or asleep. */
const ANSWER = 400;

interface Kept {
	value: unknown;
	/** When it was stored, as epoch milliseconds. */
	at: number;
	/** Its tab has ended: the next one may take it. */
	left: boolean;
}

/**
 * A value that each tab keeps for itself, so that two of them do not overwrite each other's. A tab that is loaded again
 * has its own; else it takes what another one left behind. Nothing is lost with a tab that crashes: what nobody answers
 * for is taken too.
 */
export class PerTab {
	/** A tab that is duplicated has the same sessionStorage: each page that is loaded takes a new id. */
	readonly #id = randomId();

	/** tab is the storage that one tab has, and that ends with it. */
	constructor(
		private readonly store: Store,
		private readonly key: string,
		private readonly tab = new Store(`${store.name(key)}.`, () => sessionStorage),
	) {}

	/** What this tab had before it was loaded, or else what was left behind last; undefined: nothing. */
	take(): unknown {
		const mine = this.tab.get('tab');
		this.tab.set('tab', this.#id);
		const own = typeof mine === 'string' ? this.#move(mine) : undefined;
		if (own !== undefined) return own;
		const left = this.#others().find(([, kept]) => kept.left);
		if (left) return this.#move(left[0]);
		// Older pages had one for all tabs.
		const old = this.store.get(this.key);
		if (old === undefined) return undefined;
		this.store.remove(this.key);
		this.set(old);
		return old;
	}

	set(value: unknown): void {
		this.store.set(this.#name(this.#id), { value, at: Date.now(), left: false } satisfies Kept);
	}

	remove(): void {
		this.store.remove(this.#name(this.#id));
	}

	/**
	 * Begins; the returned function ends it, as the end of the page does. save: stores what is not stored yet. found: takes
	 * the value of a tab that is gone without a word, and says whether it did.
	 */
	start(save: () => void, found: (value: unknown) => boolean): () => void {
		const leave = () => {
			save();
			this.#leave();
		};
		// A page that is shown once more without being loaded is there again.
		const back = ({ persisted }: PageTransitionEvent) => {
			const kept = persisted ? this.#read(this.#id) : undefined;
			if (kept) this.set(kept.value);
		};
		const end = this.#watch(found);
		addEventListener('pagehide', leave);
		addEventListener('pageshow', back);
		return () => {
			removeEventListener('pagehide', leave);
			removeEventListener('pageshow', back);
			end();
			leave();
		};
	}

	/** The page ends: what it has is left to this tab's next page, or to another tab. */
	#leave(): void {
		const kept = this.#read(this.#id);
		if (kept) this.store.set(this.#name(this.#id), { ...kept, left: true });
	}

	/** Answers other tabs, and asks once whose values are left of tabs that are gone without a word. */
	#watch(found: (value: unknown) => boolean): () => void {
		if (typeof BroadcastChannel === 'undefined') return () => undefined;
		const channel = new BroadcastChannel(this.store.name(this.key));
		const alive = new Set<unknown>();
		channel.onmessage = ({ data }: MessageEvent<{ alive?: unknown }>) => {
			if (data.alive === undefined) channel.postMessage({ alive: this.#id });
			else alive.add(data.alive);
		};
		const orphans = () => this.#others().filter(([id]) => !alive.has(id));
		if (orphans().length > 0) channel.postMessage({});
		const timer = setTimeout(() => {
			const orphan = orphans()[0];
			if (orphan && found(orphan[1].value)) this.#move(orphan[0]);
		}, ANSWER);
		return () => {
			clearTimeout(timer);
			channel.close();
		};
	}

	#name(id: string): string {
		return `${this.key}.${id}`;
	}

	/** What other pages have stored, the newest first. */
	#others(): [id: string, kept: Kept][] {
		return this.store
			.keys(this.#name(''))
			.map((name) => name.slice(this.#name('').length))
			.filter((id) => id !== this.#id)
			.flatMap((id): [string, Kept][] => {
				const kept = this.#read(id);
				return kept ? [[id, kept]] : [];
			})
			.sort(([, a], [, b]) => b.at - a.at);
	}

	#read(id: string): Kept | undefined {
		const { value, at, left } = (this.store.get(this.#name(id)) ?? {}) as Partial<Kept>;
		return value === undefined ? undefined : { value, at: typeof at === 'number' ? at : 0, left: left === true };
	}

	/** Makes another page's value this one's. */
	#move(id: string): unknown {
		const kept = this.#read(id);
		if (!kept) return undefined;
		this.store.remove(this.#name(id));
		this.set(kept.value);
		return kept.value;
	}
}
