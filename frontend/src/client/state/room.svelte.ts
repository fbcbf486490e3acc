import { Backoff } from '../../lib/backoff';

const TIMEOUT = 5_000;

/** What the room says of itself before anybody has come in. */
export class Room {
	name = $state('');
	/** Where the encrypted address is; 0: there is none. */
	securePort = $state(0);
	/** undefined: not asked yet. */
	reachable = $state<boolean>();
	readonly #get: typeof fetch;
	readonly #backoff = new Backoff();
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(get: typeof fetch = (...args) => fetch(...args)) {
		this.#get = get;
	}

	/** Asks once, and goes on asking until the server answers. */
	async ask(): Promise<void> {
		clearTimeout(this.#timer);
		this.reachable = await this.#read();
		clearTimeout(this.#timer);
		if (this.reachable) this.#backoff.reset();
		else this.#timer = setTimeout(() => void this.ask(), this.#backoff.next() + 500);
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	async #read(): Promise<boolean> {
		const abort = new AbortController();
		const timer = setTimeout(() => abort.abort(), TIMEOUT);
		try {
			const response = await this.#get('/room', { signal: abort.signal, cache: 'no-store' });
			if (!response.ok) return false;
			const room = (await response.json()) as { name?: unknown; secure_port?: unknown };
			if (typeof room.name === 'string') this.name = room.name;
			this.securePort = typeof room.secure_port === 'number' ? room.secure_port : 0;
			return true;
		} catch {
			return false;
		} finally {
			clearTimeout(timer);
		}
	}
}
