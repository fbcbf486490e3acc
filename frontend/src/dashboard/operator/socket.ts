/**
 * The reconnecting WebSocket to /ws/server, a simple one. The rules are: one socket and one timer at a time; it
 * reconnects after every close, unless the session is gone; nothing is dialled after end(). It needs no make before
 * break as the client page's does: after each reconnect the dashboard pulls state and messages anew, so a socket that
 * was closed too early loses nothing, and the operator is in no list of people.
 */
import { NO_WEBSOCKETS } from '../../lib/address';
import { Backoff } from '../../lib/backoff';
import type { Connection } from './operator';

/** Timeout of a handshake. */
const DIAL_TIMEOUT = 5_000;

/** Events of the socket: its connection state, and each frame as text. */
export interface SocketHandlers {
	onconnection(connection: Connection): void;
	onframe(frame: string): void;
	/** The socket is gone, and with it all unanswered calls. */
	ongone(): void;
}

/** The close code of an ended session. */
const NOT_ALLOWED = 4003;

/**
 * What a handshake would be told, as the server says it to a plain GET: it would succeed, the key is needed (reason: why
 * none is accepted from here), or it is refused for now.
 */
export type Verdict = { is: 'open' } | { is: 'key'; reason?: string } | { is: 'refused'; reason: string };

/** Network access, which tests replace. */
export interface Transport {
	dial(): WebSocket;
	/** The first frame of each connection; without it there is none. */
	firstFrame?(): string;
	/** Asks why a handshake failed; undefined: nobody answers, or something else than the server. */
	ask(): Promise<Verdict | undefined>;
}

/** So many handshakes in a row that fail, though they should succeed, are something in between. */
const BLOCKED = 2;

/** The WebSocket of the dashboard in a browser. */
export class ReconnectingSocket {
	#socket?: WebSocket;
	#timer?: ReturnType<typeof setTimeout>;
	#backoff = new Backoff({ cap: 10_000 });
	#everLive = false;
	#blocked = 0;
	#waits = false;
	/** Why there is no connection, where that is known. */
	#reason?: string;
	#ended = false;

	constructor(
		private readonly transport: Transport,
		private readonly handlers: SocketHandlers,
	) {}

	/** Whether frames can be sent now. */
	get open(): boolean {
		return this.#socket?.readyState === WebSocket.OPEN;
	}

	send(frame: string): void {
		this.#socket?.send(frame);
	}

	/** Dials at once, instead of waiting or of the present socket. */
	connect(): void {
		if (this.#ended) return;
		this.#release();
		this.#say(this.#everLive ? { state: 'lost' } : { state: 'connecting' });
		const socket = this.transport.dial();
		let opened = false;
		this.#socket = socket;
		this.#timer = setTimeout(() => void this.#lost(false), DIAL_TIMEOUT);
		socket.onopen = () => {
			opened = this.#everLive = true;
			this.#blocked = 0;
			this.#backoff.reset();
			clearTimeout(this.#timer);
			const first = this.transport.firstFrame?.();
			if (first) socket.send(first);
			this.#say({ state: 'live' });
		};
		socket.onmessage = (frame: MessageEvent<string>) => this.handlers.onframe(frame.data);
		socket.onclose = ({ code }) => void this.#lost(opened && code !== NOT_ALLOWED);
	}

	/** Dials at once if it is waiting for its next attempt. */
	retryNow(): void {
		if (this.#waits) this.connect();
	}

	/** Drops a socket that may be dead, and dials again. */
	suspect(): void {
		if (this.#socket) void this.#lost(true);
	}

	end(): void {
		this.#ended = true;
		this.#release();
	}

	// A handshake that was refused looks like one that failed, so why is asked by plain GET.
	async #lost(wasOpen: boolean): Promise<void> {
		this.#release();
		this.#say(this.#everLive ? { state: 'lost' } : { state: 'connecting' });
		const verdict = wasOpen ? undefined : await this.transport.ask();
		// Somebody may have signed in or pressed "Try now" meanwhile.
		if (this.#socket || this.#ended) return;
		if (verdict?.is === 'key') return this.#say({ state: 'key', reason: verdict.reason });
		const wait = this.#backoff.next();
		this.#timer = setTimeout(() => this.connect(), wait);
		this.#reason = this.#reasonOf(verdict);
		this.#say({ state: this.#everLive ? 'lost' : 'connecting', retryAt: Date.now() + wait });
	}

	#reasonOf(verdict: Verdict | undefined): string | undefined {
		this.#blocked = verdict?.is === 'open' ? this.#blocked + 1 : 0;
		if (verdict?.is === 'refused') return verdict.reason;
		return this.#blocked >= BLOCKED ? NO_WEBSOCKETS : undefined;
	}

	#release(): void {
		clearTimeout(this.#timer);
		const socket = this.#socket;
		if (!socket) return;
		this.#socket = undefined;
		socket.onopen = socket.onmessage = socket.onclose = null;
		socket.close();
		this.handlers.ongone();
	}

	// The last reason stays while the next attempt is made.
	#say(connection: Connection): void {
		this.#waits = connection.retryAt !== undefined;
		if (connection.state === 'live' || connection.state === 'key') this.#reason = undefined;
		this.handlers.onconnection(this.#reason ? { ...connection, reason: this.#reason } : connection);
	}
}
