import { folder } from './address';

/**
 * Storage of a page between visits, as JSON. Reading or writing never throws: where the browser refuses (private
 * windows, blocked site data, a full quota) the value lives as long as the page. Two servers at paths of one host share
 * the browser's storage: each has keys of its own there, so that no token reaches the other.
 */
export class Store {
	readonly #prefix: string;
	readonly #open: () => Storage;
	readonly #memory = new Map<string, string>();

	constructor(prefix = 'belfry.', open: () => Storage = () => localStorage) {
		const at = folder();
		this.#prefix = at === '/' ? prefix : `${prefix}${at}.`;
		this.#open = open;
	}

	/** What a key is called in the browser's storage, for what is shared with other pages beside it. */
	name(key: string): string {
		return this.#prefix + key;
	}

	/** The value stored under key, or undefined. Its shape is whatever an older page wrote: check it. */
	get(key: string): unknown {
		const name = this.#prefix + key;
		const text = this.#memory.get(name) ?? this.#try((storage) => storage.getItem(name));
		if (text === null || text === undefined) return undefined;
		try {
			return JSON.parse(text);
		} catch {
			return undefined;
		}
	}

	set(key: string, value: unknown): void {
		const name = this.#prefix + key;
		const text = JSON.stringify(value);
		const kept = this.#try((storage) => {
			storage.setItem(name, text);
			return true;
		});
		if (kept) this.#memory.delete(name);
		else this.#memory.set(name, text);
	}

	remove(key: string): void {
		const name = this.#prefix + key;
		this.#memory.delete(name);
		this.#try((storage) => storage.removeItem(name));
	}

	/** The keys that begin with start, in no order. */
	keys(start: string): string[] {
		const whole = this.#prefix + start;
		const names = new Set(this.#memory.keys());
		this.#try((storage) => {
			for (let i = 0; i < storage.length; i++) names.add(storage.key(i) ?? '');
		});
		return [...names].filter((name) => name.startsWith(whole)).map((name) => name.slice(this.#prefix.length));
	}

	// Even naming localStorage throws where site data is blocked.
	#try<T>(use: (storage: Storage) => T): T | undefined {
		try {
			return use(this.#open());
		} catch {
			return undefined;
		}
	}
}
