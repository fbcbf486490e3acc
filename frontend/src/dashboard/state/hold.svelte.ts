import { isQueued, type BroadcastQueue, type QueuedBroadcast } from './broadcast-queue.svelte';
import type { Store } from '../../lib/storage';

/** Each is stored by itself, so that two windows of one browser do not overwrite each other's. */
const KEY = 'held.';
/** Where older pages stored theirs. */
const OLD = 'held';
/** A timer that fires so much later than it should: the computer slept meanwhile. */
const SLEPT = 60_000;
/** Another window of this browser may still hold what is stored, so long after the time for it. */
const GRACE = 3_000;

/** A message that can still be taken back. */
export interface Held extends Pick<QueuedBroadcast, 'broadcast' | 'to'> {
	/** How many people it is for, and how many of them are away. */
	people: { all: number; away: number };
	/** When it goes out, as epoch milliseconds. */
	at: number;
}

/**
 * Holds a message to more than one person back for some seconds, so that it can be undone: nothing is sent before. It
 * holds one at a time. The next one lets the first go: whoever writes the next message is done with the first, and
 * "Undo" means one message. A page that is closed meanwhile sends nothing.
 */
export class Hold {
	held = $state.raw<Held>();
	/** Whole seconds left, for the eye. */
	left = $state(0);
	/** What is brought back: a message that was not sent, since the page was closed or the computer slept. */
	onback: (held: Pick<QueuedBroadcast, 'broadcast' | 'to'>, reason: string) => void = () => undefined;

	#timer?: ReturnType<typeof setTimeout>;
	#tick?: ReturnType<typeof setInterval>;

	/** seconds is how long a message is held, 0: not at all. */
	constructor(
		private readonly queue: Pick<BroadcastQueue, 'send'>,
		private readonly store: Store,
		private readonly seconds: () => number,
	) {}

	/** Sends a message when the time is over, at once where there is none. */
	send({ broadcast, to, people }: Omit<Held, 'at'>): void {
		this.letGo();
		const time = this.seconds() * 1000;
		if (time <= 0) return this.queue.send(broadcast, to);
		this.#set({ broadcast, to, people, at: Date.now() + time });
		this.#timer = setTimeout(() => this.#end(), time);
		this.#tick = setInterval(() => this.#count(), 200);
		this.#count();
	}

	/** Takes back what is held. */
	undo(): Held | undefined {
		const { held } = this;
		this.#set(undefined);
		return held;
	}

	/** Sends what is held now. */
	letGo(): void {
		const held = this.undo();
		if (held) this.queue.send(held.broadcast, held.to);
	}

	/** Begins: brings back what earlier pages held, and at the end of this one what it holds. The returned function ends that. */
	start(): () => void {
		const back = () => this.#giveBack('This window was closed before it was sent.');
		addEventListener('pagehide', back);
		const timers = [OLD, ...this.store.keys(KEY)].map((key) => this.#bringBack(key));
		return () => {
			removeEventListener('pagehide', back);
			timers.forEach(clearTimeout);
			back();
		};
	}

	// Where the page was not told that it ends (a crash, a power cut), what it held is still stored. Another window may be
	// holding it: then it is gone from there when its time is over.
	#bringBack(key: string): ReturnType<typeof setTimeout> | undefined {
		const stored = this.store.get(key) as Partial<Held> | undefined;
		if (!stored || !isQueued(stored)) return undefined;
		const { broadcast } = stored;
		const to = typeof stored.to === 'string' ? stored.to : '';
		const at = typeof stored.at === 'number' ? stored.at : 0;
		const restore = () => {
			if (this.store.get(key) === undefined) return;
			this.store.remove(key);
			this.onback({ broadcast, to }, 'This window was closed before it was sent.');
		};
		const wait = Math.min(at - Date.now() + GRACE, SLEPT);
		if (wait > 0) return setTimeout(restore, wait);
		restore();
		return undefined;
	}

	#end(): void {
		if (this.held && Date.now() - this.held.at > SLEPT) this.#giveBack('This computer slept before it was sent.');
		else this.letGo();
	}

	#giveBack(reason: string): void {
		const held = this.undo();
		if (held) this.onback(held, reason);
	}

	#count(): void {
		this.left = this.held ? Math.max(1, Math.ceil((this.held.at - Date.now()) / 1000)) : 0;
	}

	#set(held: Held | undefined): void {
		clearTimeout(this.#timer);
		clearInterval(this.#tick);
		if (this.held) this.store.remove(KEY + this.held.broadcast.message_id);
		if (held) this.store.set(KEY + held.broadcast.message_id, held);
		this.held = held;
	}
}
