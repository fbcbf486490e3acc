import { Puller } from './puller';

/** A resource is pulled at most this often. */
const PULL_EVERY = 500;

/**
 * A resource of the server: pulled while it is watched, and again when an event names another revision of it. The last
 * answer stays when nobody watches.
 */
export class Resource<T> {
	/** Undefined until the first answer. */
	value = $state.raw<T>();

	#watchers = 0;
	#rev = -1;
	#puller = new Puller(() => this.load(), PULL_EVERY);

	constructor(private readonly pull: () => Promise<T>) {}

	/** Watches it; the returned function stops that. */
	watch(): () => void {
		if (this.#watchers++ === 0) this.#puller.ask();
		return () => {
			if (--this.#watchers === 0) this.#puller.stop();
		};
	}

	onrevision(rev: number): void {
		if (rev === this.#rev) return;
		this.#rev = rev;
		this.refresh();
	}

	/** Pulls it soon, where it is watched. */
	refresh(): void {
		if (this.#watchers > 0) this.#puller.ask();
	}

	/** Pulls it now, watched or not. */
	async load(): Promise<void> {
		this.value = await this.pull();
	}
}
