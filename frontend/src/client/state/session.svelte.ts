import { decode } from '../../lib/decode';
import {
	CLOSE,
	type Accepted,
	type ErrorFrame,
	type Message,
	type ServerFrame,
	type Welcome,
} from '../../lib/protocol';
import { Socket, type Cause, type Link, type SocketOptions } from '../../lib/socket';
import type { Refused } from '../../lib/refusal';
import type { Store } from '../../lib/storage';
import { cleanName, Identity } from './identity.svelte';
import { Messages, type Item } from './messages.svelte';
import { late, Outbox, type Draft } from './outbox.svelte';
import { Topics } from './topics.svelte';

/** Where the person stands: before the door, in the room, or sent away. */
export type Stage = 'door' | 'room' | 'ended';

/** Why the room ended for this person, and since when. */
export interface Ended {
	kind: 'removed' | 'refused';
	/** The operator's own words, or the server's; "" where none were given. */
	reason: string;
	at: string;
}

/** Why there is no connection, and when the next try is; without until it is under way. */
export interface Trouble {
	cause: Cause;
	until?: number;
	refused?: Refused;
}

// A connection that is back sooner than this was hardly away.
const WORTH_SAYING = 1_000;

export type Connection = Pick<SocketOptions, 'url' | 'dial' | 'probe' | 'random' | 'hidden'>;

/**
 * One person's visit: who they are, the connection, and all that comes and goes over it. The rules are:
 * nothing is sent before welcome but hello;
 * after being removed or refused the page stays away until somebody presses a button;
 * a message is shown once, whether its echo or its "accepted" comes first.
 */
export class Session {
	readonly identity: Identity;
	readonly messages = new Messages();
	readonly outbox: Outbox;
	readonly topics: Topics;
	stage = $state<Stage>('door');
	link = $state.raw<Link>({ at: 'idle' });
	/** Welcomed: what is written now goes out now. */
	live = $state(false);
	/** Set while the connection is away for longer than a blink. */
	trouble = $state.raw<Trouble>();
	ended = $state.raw<Ended>();
	/** What is wrong with the name, as a sentence. */
	nameError = $state('');
	/** Something that went wrong beside messages, as a sentence. */
	notice = $state('');
	/** Called for each new message of somebody else. */
	onarrival: (item: Item) => void = () => {};
	onwelcome: () => void = () => {};
	/** Called when the log is another one than the page last saw. */
	onnewlog: () => void = () => {};

	readonly #socket: Socket;
	/** The name to go back to if the one just asked for is refused. */
	#nameBefore: string | undefined;
	/** The operator's words, which come in a frame before the close. */
	#reason = '';
	#again: ReturnType<typeof setTimeout> | undefined;

	constructor(store: Store, connection: Connection) {
		this.identity = new Identity(store);
		this.#socket = new Socket({
			...connection,
			onopen: () => this.#hello(),
			onframe: (frame) => this.#take(decode(frame)),
			onlink: (link) => this.#linked(link),
		});
		const send = (frame: object) => this.#socket.send(frame);
		this.outbox = new Outbox({ store, send, onstall: () => this.#socket.suspect() });
		this.topics = new Topics(this.identity, (frame) => this.live && send(frame));
	}

	/** Starts the page: straight into the room for who was in it, otherwise at the door. */
	start(): void {
		if (!this.identity.inside) return;
		this.stage = 'room';
		this.#socket.open();
	}

	/** Comes in under a name, also again after being sent away. */
	enter(name: string): void {
		const clean = cleanName(name);
		if (clean === '') {
			this.nameError = 'Write your name first.';
			return;
		}
		this.nameError = '';
		this.identity.name = clean;
		this.identity.save();
		this.ended = undefined;
		this.#reason = '';
		if (this.stage === 'ended') this.stage = 'door';
		if (this.#socket.link.at === 'open') this.#hello();
		else this.#socket.open();
		this.#socket.retryNow();
	}

	/** Takes another name; one that is refused goes back to what it was. */
	rename(name: string): boolean {
		const clean = cleanName(name);
		this.nameError = clean === '' ? 'Write a name first.' : '';
		if (clean === '') return false;
		if (clean === this.identity.name) return true;
		this.#nameBefore ??= this.identity.name;
		this.identity.name = clean;
		this.identity.save();
		if (this.live) this.#hello();
		return true;
	}

	/** Leaves the room for good: this phone forgets the name and what was not sent. */
	leave(): void {
		this.#socket.send({ action: 'leave' });
		this.#socket.close(CLOSE.left);
		this.outbox.clear();
		this.messages.clear();
		this.identity.forget();
	}

	/** Goes back to the door, to come in under this name or another. */
	toDoor(): void {
		this.identity.inside = false;
		this.identity.save();
		this.ended = undefined;
		this.stage = 'door';
	}

	write(draft: Draft): void {
		this.outbox.add(draft);
	}

	tryNow(): void {
		this.#socket.retryNow();
	}

	resume(away: number): void {
		this.#socket.resume(away);
	}

	/** The device is on a network again: an old connection belongs to the old one. */
	online(): void {
		this.#socket.resume(Infinity);
	}

	#hello(): void {
		const { user_id, name, topics } = this.identity;
		const joined = topics.length > 0 ? { topics } : {};
		this.#socket.send({ action: 'hello', name, user_id, ...joined });
	}

	#linked(link: Link): void {
		this.link = link;
		if (link.at === 'open') return;
		this.live = false;
		clearTimeout(this.#again);
		this.outbox.offline();
		this.trouble = troubleIn(link, this.trouble);
		if (link.at !== 'closed') return;
		if (link.code === CLOSE.left) return this.toDoor();
		const kind = link.code === CLOSE.removed ? 'removed' : 'refused';
		this.#end({ kind, reason: this.#reason || link.reason, at: new Date().toISOString() });
	}

	#end(ended: Ended): void {
		this.identity.inside = false;
		this.identity.save();
		this.ended = ended;
		this.stage = 'ended';
	}

	#take(frame: ServerFrame | undefined): void {
		switch (frame?.type) {
			case 'welcome':
				return this.#welcome(frame);
			case 'topics':
				return this.topics.take(frame.topics);
			case 'message':
				return this.#message(frame);
			case 'accepted':
				return this.#accepted(frame);
			case 'error':
				return this.#error(frame);
		}
	}

	#welcome({ epoch }: Welcome): void {
		this.#socket.ready();
		this.#nameBefore = undefined;
		this.nameError = '';
		if (this.identity.epoch !== epoch) {
			if (this.identity.epoch !== '') this.#newLog();
			this.identity.epoch = epoch;
		}
		this.identity.inside = true;
		this.identity.save();
		this.stage = 'room';
		this.live = true;
		this.topics.welcomed();
		this.trouble = undefined;
		this.outbox.online();
		this.onwelcome();
	}

	#newLog(): void {
		this.messages.startEra();
		this.outbox.dropReplies();
		this.onnewlog();
	}

	#message(message: Message): void {
		const own = message.from.user_id === this.identity.user_id && !message.from.operator;
		const pending = own && message.id !== undefined ? this.outbox.settle(message.id) : undefined;
		const item = this.messages.add(message, own, pending && late(pending));
		if (item && !own) this.onarrival(item);
	}

	#accepted({ id, seq, time }: Accepted): void {
		const pending = this.outbox.settle(id);
		if (!pending) return;
		const { text, topic, reply_to } = pending;
		const { user_id, name } = this.identity;
		const open = topic !== undefined && !this.topics.isAnnounce(topic);
		const message: Message = {
			...{ type: 'message', seq, id, time, from: { user_id, name }, message: text },
			audience: open ? 'topic' : 'private',
			...(topic !== undefined && { topic }),
			...(reply_to !== undefined && { reply_to }),
		};
		this.messages.add(message, true, late(pending));
	}

	#error(error: ErrorFrame): void {
		if (error.code === 'removed') {
			// The close code may be lost on the way; this frame came.
			this.#reason = error.message;
			return this.#socket.close(CLOSE.removed, error.message);
		}
		if (error.id !== undefined) return this.outbox.refuse(error);
		if (error.code === 'not_allowed') this.#reason = error.message;
		if (error.code === 'rate_limited') return this.#later(error);
		if (error.action === 'hello') return this.#helloRefused(error);
		if (error.action === 'subscribe') this.topics.undo();
		this.notice = error.message;
	}

	/** Too quick: what the server did not take is said again when it asks for it. */
	#later({ action, retry_ms }: ErrorFrame): void {
		clearTimeout(this.#again);
		this.#again = setTimeout(() => (action === 'hello' ? this.#hello() : this.topics.sync()), retry_ms ?? 1_000);
	}

	#helloRefused(error: ErrorFrame): void {
		this.#socket.ready();
		this.nameError = error.message;
		if (this.#nameBefore !== undefined) {
			this.identity.name = this.#nameBefore;
			this.#nameBefore = undefined;
			this.identity.save();
			if (!this.live) this.#hello();
		} else if (!this.live) {
			this.identity.inside = false;
			this.stage = 'door';
		}
	}
}

function troubleIn(link: Link, before: Trouble | undefined): Trouble | undefined {
	if (link.at === 'closed') return undefined;
	if (link.at !== 'waiting') return before && { cause: before.cause, refused: before.refused };
	const { cause, until, refused } = link;
	if (!before && !refused && until - Date.now() < WORTH_SAYING) return undefined;
	return { cause, until, refused };
}
