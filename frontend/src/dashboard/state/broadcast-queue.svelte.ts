import type { Store } from '../../lib/storage';
import { asError } from '../operator/calls';
import type { Broadcast, Operator } from '../operator/operator';

const KEY = 'outbox';
/** Greatest length of the queue. */
const MOST = 200;

/** Temporary refusals: these are retried. */
const PASSING = new Set(['lost', 'rate_limited', 'closing']);

/** A queued message: it waits, is being sent, or was refused. */
export interface QueuedBroadcast {
	broadcast: Broadcast;
	/** Its audience in words. */
	to: string;
	state: 'waiting' | 'sending' | 'refused';
	/** Why it was not accepted. */
	reason?: string;
}

/**
 * Queue of broadcasts that the server has not accepted yet. The rules are: one after the other in the order they
 * were sent; each keeps its message_id, so that sending it again sends it once; nothing is dropped but by the
 * operator; it survives a reload.
 */
export class BroadcastQueue {
	items = $state.raw<readonly QueuedBroadcast[]>([]);
	waiting = $derived(this.items.filter((one) => one.state !== 'refused'));
	refused = $derived(this.items.filter((one) => one.state === 'refused'));

	/** Messages that are or were in this queue; others in the same place are of another window of this browser. */
	readonly #mine = new Set<string>();
	#running = false;
	#timer?: ReturnType<typeof setTimeout>;

	constructor(
		private readonly operator: Pick<Operator, 'broadcast'>,
		private readonly store: Store,
		private readonly live: () => boolean,
	) {
		this.items = read(store.get(KEY));
		this.#own();
	}

	get full(): boolean {
		return this.items.length >= MOST;
	}

	/** Queues a message; it is sent after those before it. */
	send(broadcast: Broadcast, to: string): void {
		this.#set([...this.items, { broadcast, to, state: 'waiting' }]);
		void this.flush();
	}

	/** Keeps a message that is not to be sent now, and says why: to be sent, edited or discarded by hand. */
	keep({ broadcast, to }: Pick<QueuedBroadcast, 'broadcast' | 'to'>, reason: string): void {
		this.#set([...this.items, { broadcast, to, state: 'refused', reason }]);
	}

	/** Tries a refused one again. */
	retry(id: string): void {
		this.#change(id, { state: 'waiting', reason: undefined });
		void this.flush();
	}

	/** Removes a message, unless it is being sent. */
	take(id: string): QueuedBroadcast | undefined {
		const found = this.items.find((one) => one.broadcast.message_id === id);
		if (found?.state === 'sending') return undefined;
		this.#set(this.items.filter((one) => one !== found));
		return found;
	}

	/** Sends the queue, while there is a connection. */
	async flush(): Promise<void> {
		if (this.#running) return;
		this.#running = true;
		clearTimeout(this.#timer);
		try {
			for (let next = this.#next(); next && this.live(); next = this.#next()) {
				if (!(await this.#try(next.broadcast))) return;
			}
		} finally {
			this.#running = false;
		}
	}

	#next(): QueuedBroadcast | undefined {
		return this.items.find((one) => one.state === 'waiting');
	}

	// Whether to go on with the next one.
	async #try(broadcast: Broadcast): Promise<boolean> {
		const id = broadcast.message_id;
		this.#change(id, { state: 'sending' });
		try {
			await this.operator.broadcast(broadcast);
			this.#set(this.items.filter((one) => one.broadcast.message_id !== id));
			return true;
		} catch (cause) {
			const { code, message, retryMs } = asError(cause);
			if (!PASSING.has(code)) {
				this.#change(id, { state: 'refused', reason: message });
				return true;
			}
			this.#change(id, { state: 'waiting' });
			if (code !== 'lost') this.#timer = setTimeout(() => void this.flush(), retryMs || 1000);
			return false;
		}
	}

	#change(id: string, change: Partial<QueuedBroadcast>): void {
		this.#set(this.items.map((one) => (one.broadcast.message_id === id ? { ...one, ...change } : one)));
	}

	#set(items: readonly QueuedBroadcast[]): void {
		this.items = items;
		this.#own();
		const others = read(this.store.get(KEY)).filter(({ broadcast }) => !this.#mine.has(broadcast.message_id));
		const all = [...others, ...items];
		if (all.length > 0) this.store.set(KEY, all);
		else this.store.remove(KEY);
	}

	#own(): void {
		for (const { broadcast } of this.items) this.#mine.add(broadcast.message_id);
	}
}

/** Whether a stored value is a message of this queue; its shape is whatever another version wrote. */
export function isQueued<T extends Partial<QueuedBroadcast>>(
	one: T | undefined,
): one is T & Pick<QueuedBroadcast, 'broadcast'> {
	return typeof one?.broadcast?.message === 'string' && typeof one.broadcast.message_id === 'string';
}

function read(stored: unknown): QueuedBroadcast[] {
	if (!Array.isArray(stored)) return [];
	return (stored as Partial<QueuedBroadcast>[]).filter(isQueued).map(({ broadcast, to, state, reason }) => ({
		broadcast,
		to: typeof to === 'string' ? to : '',
		// A message that was being sent when the page was closed is sent again: its message_id makes that idempotent.
		state: state === 'refused' ? 'refused' : 'waiting',
		...(typeof reason === 'string' ? { reason } : {}),
	}));
}
