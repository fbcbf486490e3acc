import { Puller } from './puller';

/** One thing is pulled at most this often. */
const PULL_EVERY = 500;

/**
 * Something of the server's that is pulled while somebody looks at it, and again when an event names another revision
 * of it. The last answer stays when nobody looks.
 */
export class Resource<T> {
	/** Undefined until the first answer. */
	value = $state.raw<T>();

	#watchers = 0;
	#rev = -1;
	#puller = new Puller(() => this.load(), PULL_EVERY);

	constructor(private readonly pull: () => Promise<T>) {}

	/** Keeps it fresh; the returned function ends that. */
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

	/** Pulls it soon, where somebody looks. */
	refresh(): void {
		if (this.#watchers > 0) this.#puller.ask();
	}

	/** Pulls it now, whoever looks. */
	async load(): Promise<void> {
		this.value = await this.pull();
	}
}
