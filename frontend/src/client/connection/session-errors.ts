import { CLOSE, type ErrorFrame } from '../../lib/protocol';
import type { JoinForm } from '../join/join-form.svelte';
import type { MessageLog } from '../log/message-log.svelte';
import type { Identity } from './identity.svelte';
import type { Outbox } from './outbox.svelte';
import type { Socket } from './socket';
import type { Stage } from './stage';
import type { Topics } from './topics.svelte';
import type { Trouble } from './trouble';

// The delay before a retry, where the server names none.
const RETRY_DELAY = 1_000;

/** What an error frame can change in a session. */
export interface ErrorTarget {
	readonly identity: Identity;
	readonly joinForm: JoinForm;
	readonly log: MessageLog;
	readonly outbox: Outbox;
	readonly topics: Topics;
	readonly live: boolean;
	stage: Stage;
	trouble: Trouble | undefined;
	notice: string;
}

/** The two hellos of a session, and whether the first one of this connection is still unanswered. */
export interface Hellos {
	first: () => void;
	next: () => void;
	unanswered: () => boolean;
}

/** Handles the error frames of one session: what each changes on the page, and which request is sent again. */
export class SessionErrors {
	/** The operator's words about the end of the connection: they come in a frame before the close. */
	reason = '';
	/** The operator has blocked this person. */
	blocked = false;
	readonly #session: ErrorTarget;
	readonly #socket: Pick<Socket, 'ready' | 'close' | 'suspect'>;
	readonly #hellos: Hellos;
	#retry: ReturnType<typeof setTimeout> | undefined;
	/** The user_id was somebody else's, and another one was made. Once is chance, twice is not. */
	#renewed = false;

	constructor(session: ErrorTarget, socket: Pick<Socket, 'ready' | 'close' | 'suspect'>, hellos: Hellos) {
		this.#session = session;
		this.#socket = socket;
		this.#hellos = hellos;
	}

	/** The first hello was answered by welcome. */
	welcomed(): void {
		this.#renewed = false;
	}

	/** Sends something again after a delay, instead of what was to be sent again until now. */
	retryIn(ms: number, send: () => void): void {
		this.cancelRetry();
		this.#retry = setTimeout(send, ms);
	}

	cancelRetry(): void {
		clearTimeout(this.#retry);
	}

	take(error: ErrorFrame): void {
		const { log, outbox, topics, live, stage } = this.#session;
		if (error.code === 'removed') {
			// The close code may be lost on the way; this frame came.
			this.reason = error.message;
			return this.#socket.close(CLOSE.removed, error.message);
		}
		if (log.refused(error)) return;
		if (error.id !== undefined) return outbox.refuse(error);
		if (error.code === 'not_allowed') {
			this.reason = error.message;
			this.blocked = error.blocked === true;
		}
		if (error.code === 'not_allowed' && !live && (error.action === 'hello' || stage === 'lobby'))
			return this.#socket.close(CLOSE.notAllowed, error.message);
		// It answers no request, so the connection ends: its close code says whether to come back.
		if (error.action === undefined && !live) return;
		if (error.code === 'rate_limited' || error.code === 'full') return this.#tooSoon(error);
		if (error.action === 'hello') return this.#helloRefused(error);
		if (error.action === 'subscribe') topics.undo();
		this.#session.notice = error.message;
	}

	/** Too many requests, or no space in the lobby: sends the refused request again when the server asks for it. */
	#tooSoon(error: ErrorFrame): void {
		const { live, topics } = this.#session;
		const { code, action, retry_ms = RETRY_DELAY } = error;
		if (code === 'full') this.#backToForm();
		if (action === 'hello' && !live && this.#session.stage !== 'room') this.#showRetry(error, Date.now() + retry_ms);
		const { first, next, unanswered } = this.#hellos;
		this.retryIn(retry_ms, () => (action !== 'hello' ? topics.sync() : unanswered() ? first() : next()));
	}

	/** Before the room the page says why, and when it asks again. */
	#showRetry({ code, message }: ErrorFrame, until: number): void {
		this.#socket.ready();
		this.#session.trouble = { cause: 'refused', until, refused: { code, message, final: false } };
	}

	#helloRefused(error: ErrorFrame): void {
		const { identity, joinForm, log, live } = this.#session;
		this.#socket.ready();
		if (error.code === 'identity_taken' && error.field === 'user_id' && !this.#renewed) return this.#renewIdentity();
		if (live && !this.#hellos.unanswered() && log.isOpen) {
			// Let in, but what was missed could not be read: only another hello asks for it again.
			this.#retry = setTimeout(() => this.#socket.suspect(), error.retry_ms ?? RETRY_DELAY);
			return;
		}
		if (error.code === 'code_needed' || error.code === 'code_wrong') return this.#codeRefused(error);
		joinForm.nameError = error.message;
		joinForm.freeName = error.free ?? '';
		if (identity.revertName()) {
			if (!live) this.#hellos.first();
		} else if (!live) this.#backToForm();
	}

	#codeRefused(error: ErrorFrame): void {
		this.#session.joinForm.refused(error);
		this.#backToForm();
	}

	/** The user_id is somebody else's: becomes another person, who has nothing of what that one was sent. */
	#renewIdentity(): void {
		this.#renewed = true;
		this.#session.identity.renew();
		this.#session.log.forget();
		this.#hellos.first();
	}

	/** The person has to enter something before they can come in. */
	#backToForm(): void {
		this.#session.trouble = undefined;
		this.#session.identity.outside();
		this.#session.stage = 'join';
	}
}
