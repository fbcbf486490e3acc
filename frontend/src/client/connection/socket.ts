import { Backoff } from '../../lib/backoff';
import { CLOSE, TERMINAL } from '../../lib/protocol';
import { PASSES, type Refused } from './refusal';

/** What Socket needs of a WebSocket. */
export type Wire = Pick<WebSocket, 'send' | 'close' | 'readyState'> & {
	onopen: (() => void) | null;
	onmessage: ((event: { data: unknown }) => void) | null;
	onclose: ((event: { code: number; reason: string }) => void) | null;
};

/** Why there is no connection: no answer, a broken connection, a restarting server, or a refusal for now. */
export type Cause = 'unreachable' | 'dropped' | 'restarting' | 'refused';

/** State of the link. "open" is the WebSocket alone: the welcome is still to come. */
export type Link =
	| { at: 'idle' }
	| { at: 'connecting' }
	| { at: 'open' }
	| { at: 'waiting'; until: number; cause: Cause; refused?: Refused }
	| { at: 'closed'; code: number; reason: string; refused?: Refused };

export interface SocketOptions {
	url: () => string;
	/** A connection is open: say hello. */
	onopen: () => void;
	/** old: it came over the connection that is being replaced, whose successor has said hello. */
	onframe: (frame: unknown, old: boolean) => void;
	onlink: (link: Link) => void;
	/** Asks why a handshake failed. Without it, a refusal looks like a server that does not answer. */
	probe?: () => Promise<Refused | undefined>;
	dial?: (url: string) => Wire;
	random?: () => number;
	hidden?: () => boolean;
}

const CONNECT_TIMEOUT = 5_000;
// From an open socket to the answer that calls ready().
const READY_TIMEOUT = 10_000;
// After a longer absence an open socket may be dead.
const TRUST = 15_000;
// A connection that lasted less than this does not reset the backoff.
const LASTING = 10_000;
const FULL_WAIT = 10_000;
// So many handshakes in a row that fail, though the server says that they would succeed, are something in between. One
// alone may have met a server that was just starting.
const BLOCKED = 2;

/**
 * A reconnecting WebSocket, make before break: after an absence the old socket is kept until its successor is ready, so
 * that a live one loses no message, and the server sees no gap in the person's presence. (The dashboard's socket is a
 * simpler one: it pulls its state after each reconnect, so that it has nothing to lose.) The rules are:
 * after 1000, 4001 and 4003 it never does; any other end is normal, 1006 above all;
 * there is one timer, and close() clears it;
 * a socket that may be dead (the phone slept) is closed only once the new one is ready.
 */
export class Socket {
	readonly #options: SocketOptions;
	readonly #backoff: Backoff;
	#wire: Wire | undefined;
	/** The socket being replaced: still read, but not written once the new one is open. */
	#previous: Wire | undefined;
	#opened = false;
	#blocked = 0;
	#readyAt = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#link: Link = { at: 'idle' };

	constructor(options: SocketOptions) {
		this.#options = options;
		this.#backoff = new Backoff({ random: options.random });
	}

	get link(): Link {
		return this.#link;
	}

	/** Connects, unless it is connecting or connected. After a terminal close this is the only way back. */
	open(): void {
		if (this.#link.at !== 'idle' && this.#link.at !== 'closed') return;
		this.#backoff.reset();
		this.#dial();
	}

	/** Closes it for good. Nothing is called afterwards but onlink. */
	close(code: number = CLOSE.left, reason = ''): void {
		clearTimeout(this.#timer);
		this.#drop();
		this.#set({ at: 'closed', code, reason });
	}

	/** Sends a frame; false when there is no open connection to send it on. */
	send(frame: object): boolean {
		const wire = this.#opened ? this.#wire : this.#previous;
		if (wire?.readyState !== WebSocket.OPEN) return false;
		wire.send(JSON.stringify(frame));
		return true;
	}

	/** The other end has answered the hello: the connection is good. */
	ready(): void {
		if (!this.#opened) return;
		clearTimeout(this.#timer);
		this.#readyAt = Date.now();
		hangUp(this.#previous);
		this.#previous = undefined;
	}

	/** Somebody pressed "Try now". */
	retryNow(): void {
		if (this.#link.at !== 'waiting') return;
		this.#backoff.reset();
		this.#dial();
	}

	/** The page is back after so many milliseconds. */
	resume(away: number): void {
		if (this.#link.at === 'waiting') {
			// A time that the server named is respected; a frozen page may have slept past it.
			const named = this.#link.cause === 'restarting' || this.#link.cause === 'refused';
			if (!named || Date.now() >= this.#link.until) this.retryNow();
		} else if (away > TRUST) {
			this.suspect();
		}
	}

	/** The connection may be dead, whatever readyState says: gets a new one, and keeps this one until that is ready. */
	suspect(): void {
		if (this.#link.at === 'connecting') this.#dial();
		else if (this.#link.at === 'open') this.#dial(this.#opened ? this.#wire : this.#previous);
	}

	#dial(keep?: Wire): void {
		clearTimeout(this.#timer);
		if (this.#wire !== keep) hangUp(this.#wire);
		if (this.#previous !== keep) hangUp(this.#previous);
		this.#previous = keep;
		this.#opened = false;
		this.#readyAt = 0;
		let wire: Wire;
		try {
			wire = (this.#options.dial ?? dial)(this.#options.url());
		} catch {
			this.#wire = undefined;
			this.#lost(1006, '');
			return;
		}
		this.#wire = wire;
		this.#listen(wire);
		if (keep) keep.onclose = () => this.#previousLost(keep);
		else this.#set({ at: 'connecting' });
		this.#timer = setTimeout(() => this.#lost(1006, ''), CONNECT_TIMEOUT);
	}

	#listen(wire: Wire): void {
		wire.onopen = () => {
			this.#opened = true;
			this.#blocked = 0;
			clearTimeout(this.#timer);
			this.#timer = setTimeout(() => this.#lost(1006, ''), READY_TIMEOUT);
			this.#set({ at: 'open' });
			this.#options.onopen();
		};
		wire.onmessage = (event) => {
			const frame = parse(event.data);
			if (frame !== undefined) this.#options.onframe(frame, this.#opened && wire !== this.#wire);
		};
		wire.onclose = (event) => this.#lost(event.code, event.reason);
	}

	#previousLost(wire: Wire): void {
		if (this.#previous !== wire) return;
		this.#previous = undefined;
		if (!this.#opened) this.#set({ at: 'connecting' });
	}

	#lost(code: number, reason: string): void {
		const opened = this.#opened;
		if (this.#readyAt > 0 && Date.now() - this.#readyAt >= LASTING) this.#backoff.reset();
		clearTimeout(this.#timer);
		this.#drop();
		if (TERMINAL.has(code)) {
			this.#set({ at: 'closed', code, reason });
			return;
		}
		const named = code === CLOSE.goingAway ? retryIn(reason) : undefined;
		const cause = code === CLOSE.goingAway ? 'restarting' : opened ? 'dropped' : 'unreachable';
		if (named !== undefined) this.#wait(this.#backoff.spread(named), cause);
		else this.#wait(this.#backoff.next() + (code === CLOSE.full ? FULL_WAIT : 0), cause);
		if (!opened) void this.#ask();
	}

	#wait(ms: number, cause: Cause, refused?: Refused): void {
		clearTimeout(this.#timer);
		// In the background it reconnects too, since a message may have to ring, but slowly.
		const delay = this.#options.hidden?.() ? Math.max(ms, this.#backoff.slow()) : ms;
		this.#timer = setTimeout(() => this.#dial(), delay);
		this.#set({ at: 'waiting', until: Date.now() + delay, cause, ...(refused && { refused }) });
	}

	async #ask(): Promise<void> {
		const before = this.#link;
		const refused = await this.#options.probe?.();
		// Meanwhile it may have been dialled again, or closed.
		if (this.#link !== before) return;
		this.#blocked = refused?.code === PASSES ? this.#blocked + 1 : 0;
		if (!refused || (refused.code === PASSES && this.#blocked < BLOCKED)) return;
		if (refused.final) {
			clearTimeout(this.#timer);
			this.#set({ at: 'closed', code: CLOSE.notAllowed, reason: refused.message, refused });
			return;
		}
		const wait = refused.retry_ms ? this.#backoff.spread(refused.retry_ms) : 0;
		this.#wait(Math.max(wait, this.#backoff.next()), 'refused', refused);
	}

	#drop(): void {
		hangUp(this.#wire);
		hangUp(this.#previous);
		this.#wire = undefined;
		this.#previous = undefined;
		this.#opened = false;
		this.#readyAt = 0;
	}

	#set(link: Link): void {
		this.#link = link;
		this.#options.onlink(link);
	}
}

function dial(url: string): Wire {
	return new WebSocket(url) as Wire;
}

function hangUp(wire: Wire | undefined): void {
	if (!wire) return;
	wire.onopen = wire.onmessage = wire.onclose = null;
	wire.close();
}

function parse(data: unknown): unknown {
	if (typeof data !== 'string') return undefined;
	try {
		return JSON.parse(data);
	} catch {
		return undefined;
	}
}

function retryIn(reason: string): number | undefined {
	const ms = Number(/^retry_ms=(\d{1,9})$/.exec(reason)?.[1] ?? Number.NaN);
	return Number.isNaN(ms) ? undefined : ms;
}
