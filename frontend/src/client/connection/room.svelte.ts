import { folder } from '../../lib/address';
import { Backoff } from '../../lib/backoff';
import type { Access, RoomFrame } from '../../lib/protocol';

const TIMEOUT = 5_000;
const WAYS: readonly unknown[] = ['open', 'code', 'approval', 'list'] satisfies Access[];

/** Public description of the room, read before joining. */
export class Room {
	name = $state('');
	/** The name that the operator's messages are from; '': not known. */
	operator = $state('');
	/** How many people are here; undefined: not known, or not told. */
	people = $state<number>();
	/** Access mode; undefined: not known. */
	access = $state<Access>();
	/** Port of the encrypted address; 0: there is none. */
	securePort = $state(0);
	/** undefined: not asked yet. */
	reachable = $state<boolean>();
	readonly #get: typeof fetch;
	readonly #backoff = new Backoff();
	/** Called with the room's name whenever the server says it. */
	oncalled: (name: string) => void = () => {};
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(get: typeof fetch = (...args) => fetch(...args)) {
		this.#get = get;
	}

	/** Reads it, with retries until the server answers. */
	async ask(): Promise<void> {
		clearTimeout(this.#timer);
		this.reachable = await this.#read();
		clearTimeout(this.#timer);
		if (this.reachable) this.#backoff.reset();
		else this.#timer = setTimeout(() => void this.ask(), this.#backoff.next() + 500);
	}

	/** What the room and the operator are called now. */
	take({ name, operator }: RoomFrame): void {
		this.name = name;
		this.operator = operator;
		this.oncalled(name);
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	async #read(): Promise<boolean> {
		const abort = new AbortController();
		const timer = setTimeout(() => abort.abort(), TIMEOUT);
		try {
			const response = await this.#get('room', { signal: abort.signal, cache: 'no-store' });
			if (!response.ok) return false;
			const room = (await response.json()) as Partial<
				Record<'name' | 'access' | 'operator' | 'people' | 'secure_port', unknown>
			>;
			if (typeof room.name === 'string') this.oncalled((this.name = room.name));
			if (typeof room.operator === 'string') this.operator = room.operator;
			this.people = typeof room.people === 'number' ? room.people : undefined;
			this.access = WAYS.includes(room.access) ? (room.access as Access) : undefined;
			// At a path of its own the page came through a proxy, whose host need not have that port.
			this.securePort = typeof room.secure_port === 'number' && folder() === '/' ? room.secure_port : 0;
			return true;
		} catch {
			return false;
		} finally {
			clearTimeout(timer);
		}
	}
}
