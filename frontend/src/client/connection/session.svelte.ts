import { decode } from './decode';
import {
	CLOSE,
	type Accepted,
	type ErrorFrame,
	type Message,
	type ServerFrame,
	type Since,
	type Welcome,
} from '../../lib/protocol';
import { Socket, type Link, type SocketOptions } from './socket';
import type { Store } from '../../lib/storage';
import { Entry } from '../join/join-form.svelte';
import { Feed } from '../log/feed.svelte';
import { cleanName, Identity } from './identity.svelte';
import { late, Outbox, type Draft, type Pending } from './outbox.svelte';
import { Topics } from './topics.svelte';
import { troubleIn, type Trouble } from './trouble';

/** Where the person stands: before the door, waiting to be let in, in the room, or sent away. */
export type Stage = 'door' | 'lobby' | 'room' | 'ended';

/** Why the room ended for this person, and since when. */
export interface Ended {
	/** revoked: who was in the room may not be there any more, as one who was blocked. */
	kind: 'removed' | 'refused' | 'revoked';
	/** The operator's own words, or the server's; "" where none were given. */
	reason: string;
	at: string;
}

// Before what was refused is said again, where the server names no time.
const PAUSE = 1_000;

export type Connection = Pick<SocketOptions, 'url' | 'dial' | 'probe' | 'random' | 'hidden'>;

/**
 * One person's visit: who they are, the connection, and all that comes and goes over it. The rules are:
 * nothing is sent before welcome but hello;
 * after being removed or refused the page stays away until somebody presses a button;
 * a message is shown once, whether its echo or its "accepted" comes first;
 * a connection's first hello, and no other, says how far the page has come.
 */
export class Session {
	readonly identity: Identity;
	readonly entry: Entry;
	readonly feed: Feed;
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
	onwelcome: () => void = () => {};
	/** Called when what waits to be sent answers something that is gone. */
	onnewlog: () => void = () => {};

	readonly #socket: Socket;
	/** The name to go back to if the one just asked for is refused. */
	#nameBefore: string | undefined;
	/** The operator's words, which come in a frame before the close. */
	#reason = '';
	#again: ReturnType<typeof setTimeout> | undefined;
	/** This connection's first hello is not answered yet. */
	#greeting = false;
	/** The user_id was somebody else's, and another one was made. Once is chance, twice is not. */
	#renewed = false;

	constructor(store: Store, connection: Connection, entry = new Entry()) {
		this.entry = entry;
		this.identity = new Identity(store);
		this.#socket = new Socket({
			...connection,
			onopen: () => this.#greet(),
			onframe: (frame, old) => this.#take(decode(frame), old),
			onlink: (link) => this.#linked(link),
		});
		const send = (frame: object) => this.#socket.send(frame);
		this.outbox = new Outbox({ store, send, onstall: () => this.#socket.suspect() });
		this.topics = new Topics(this.identity, {
			send: (frame) => this.live && send(frame),
			since: () => (this.live ? this.feed.subscribe() : {}),
			onpart: (topic) => this.feed.part(topic),
		});
		this.feed = new Feed(store, this.identity, (frame) => this.live && send(frame));
		this.feed.onnewlog = () => {
			this.outbox.dropReplies();
			this.onnewlog();
		};
		this.feed.restore();
	}

	get messages() {
		return this.feed.messages;
	}

	/** Starts the page: straight into the room for who was in it, otherwise at the door. */
	start(): void {
		const { inside, waiting } = this.identity;
		if (!inside && waiting === undefined) return;
		this.entry.since = waiting;
		this.stage = inside ? 'room' : 'lobby';
		this.#socket.open();
	}

	/** Comes in under a name, also again after being sent away. A card brings its own name: then none need be given. */
	enter(name: string, needed = true): void {
		const clean = cleanName(name);
		if (clean === '' && needed) {
			this.nameError = 'Write your name first.';
			return;
		}
		this.nameError = '';
		this.identity.name = clean;
		this.identity.save();
		this.ended = undefined;
		this.#reason = '';
		this.entry.begin();
		if (this.stage === 'ended') this.stage = 'door';
		if (this.#socket.link.at === 'open') this.#afresh();
		else this.#socket.open();
		this.#socket.retryNow();
	}

	/** Takes another name; one that is refused goes back to what it was. */
	rename(name: string): boolean {
		const clean = cleanName(name);
		this.nameError = clean === '' ? 'Write a name first.' : '';
		if (clean === '') return false;
		this.entry.free = '';
		if (clean === this.identity.name) return true;
		this.#nameBefore ??= this.identity.name;
		this.identity.name = clean;
		this.identity.save();
		if (this.live) this.#hello();
		else if (this.stage === 'lobby') this.#greet();
		return true;
	}

	/** Leaves the room for good: this phone forgets the name and what was not sent. */
	leave(): void {
		this.#socket.send({ action: 'leave' });
		this.#socket.close(CLOSE.left);
		this.outbox.clear();
		this.identity.forget();
		this.feed.forget();
	}

	/** Goes back to the door, to come in under this name or another. */
	toDoor(): void {
		this.identity.inside = false;
		this.identity.waiting = undefined;
		this.identity.save();
		this.ended = undefined;
		this.nameError = '';
		this.stage = 'door';
	}

	/** Leaves the lobby: who is let in from now on is not this page. */
	stopWaiting(): void {
		this.#socket.close(CLOSE.left);
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

	/** Says hello anew, as soon as the server looks at another code. */
	#afresh(): void {
		clearTimeout(this.#again);
		const { wait } = this.entry;
		if (wait > 0) this.#again = setTimeout(() => this.#greet(), wait);
		else this.#greet();
	}

	/** The first hello of a connection: it says also how far this page has come. */
	#greet(): void {
		this.#greeting = true;
		this.#hello({ ...this.feed.hello(), ...this.entry.hello() });
	}

	#hello(more: Partial<Since> & { code?: string } = {}): void {
		const { user_id, token, name, topics } = this.identity;
		const joined = topics.length > 0 ? { topics } : {};
		const named = name === '' ? {} : { name };
		this.#socket.send({ action: 'hello', ...named, user_id, token, ...joined, ...more });
	}

	#linked(link: Link): void {
		this.link = link;
		if (link.at === 'open') return;
		this.live = false;
		clearTimeout(this.#again);
		this.outbox.offline();
		this.feed.offline();
		this.trouble = troubleIn(link, this.trouble);
		if (link.at !== 'closed') return;
		if (link.code === CLOSE.left) return this.toDoor();
		const refused = this.stage === 'room' ? 'revoked' : 'refused';
		const kind = link.code === CLOSE.removed ? 'removed' : refused;
		this.#end({ kind, reason: this.#reason || link.reason, at: new Date().toISOString() });
	}

	#end(ended: Ended): void {
		this.identity.inside = false;
		this.identity.waiting = undefined;
		this.identity.save();
		this.ended = ended;
		this.stage = 'ended';
	}

	/** old: over the connection that is being replaced. What it brings counts, how it stands does not. */
	#take(frame: ServerFrame | undefined, old: boolean): void {
		switch (frame?.type) {
			case 'message':
				return this.#message(frame);
			case 'withdrawn':
				return this.feed.withdrawn(frame);
			case 'accepted':
				return this.#accepted(frame);
			case 'acked':
				return this.feed.acked(frame);
			case 'remind':
				return this.feed.remind(frame);
		}
		if (old) return;
		switch (frame?.type) {
			case 'welcome':
				return this.#welcome(frame);
			case 'waiting':
				return this.#waiting();
			case 'topics':
				return this.topics.take(frame.topics);
			case 'recovered':
				return this.feed.recovered(frame);
			case 'history':
				return this.feed.history(frame);
			case 'error':
				return this.#error(frame);
		}
	}

	#welcome(welcome: Welcome): void {
		this.#socket.ready();
		this.#nameBefore = undefined;
		this.nameError = '';
		// The answer to a new name says nothing of the log.
		if (!this.#greeting) return;
		this.#greeting = false;
		this.#renewed = false;
		this.identity.inside = true;
		this.identity.waiting = undefined;
		this.identity.name = welcome.name ?? this.identity.name;
		this.entry.done();
		this.identity.save();
		this.stage = 'room';
		this.live = true;
		this.topics.welcomed();
		this.trouble = undefined;
		this.feed.welcome(welcome);
		this.outbox.online();
		this.onwelcome();
	}

	/** The operator has been asked. The welcome to this very hello may come much later. */
	#waiting(): void {
		this.#socket.ready();
		this.trouble = undefined;
		this.#nameBefore = undefined;
		this.identity.inside = false;
		this.identity.waiting ??= Date.now();
		this.identity.save();
		this.entry.since = this.identity.waiting;
		this.stage = 'lobby';
	}

	#message(message: Message): void {
		const own = this.feed.isOwn(message);
		const pending = own && message.id !== undefined ? this.outbox.settle(message.id) : undefined;
		this.feed.message(message, aboutSent(pending));
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
		this.feed.accepted(message, aboutSent(pending));
	}

	#error(error: ErrorFrame): void {
		if (error.code === 'removed') {
			// The close code may be lost on the way; this frame came.
			this.#reason = error.message;
			return this.#socket.close(CLOSE.removed, error.message);
		}
		if (this.feed.refused(error)) return;
		if (error.id !== undefined) return this.outbox.refuse(error);
		if (error.code === 'not_allowed') this.#reason = error.message;
		if (error.code === 'not_allowed' && !this.live && (error.action === 'hello' || this.stage === 'lobby'))
			return this.#socket.close(CLOSE.notAllowed, error.message);
		// Nothing was asked, so the connection ends: its close code says whether to come back.
		if (error.action === undefined && !this.live) return;
		if (error.code === 'rate_limited' || error.code === 'full') return this.#later(error);
		if (error.action === 'hello') return this.#helloRefused(error);
		if (error.action === 'subscribe') this.topics.undo();
		this.notice = error.message;
	}

	/** Too quick, or no place in the lobby: what was not taken is said again when the server asks for it. */
	#later(error: ErrorFrame): void {
		const { code, action, retry_ms = PAUSE } = error;
		if (code === 'full') this.#atDoor();
		if (action === 'hello' && !this.live && this.stage !== 'room') this.#notYet(error, Date.now() + retry_ms);
		clearTimeout(this.#again);
		const again = () => (action !== 'hello' ? this.topics.sync() : this.#greeting ? this.#greet() : this.#hello());
		this.#again = setTimeout(again, retry_ms);
	}

	/** Who stands outside reads why, and when the page asks again. */
	#notYet({ code, message }: ErrorFrame, until: number): void {
		this.#socket.ready();
		this.trouble = { cause: 'refused', until, refused: { code, message, final: false } };
	}

	/** The user_id is somebody else's: becomes another person, who has nothing of what that one was sent. */
	#renew(): void {
		this.#renewed = true;
		this.identity.renew();
		this.feed.forget();
		this.#greet();
	}

	#helloRefused(error: ErrorFrame): void {
		this.#socket.ready();
		if (error.code === 'identity_taken' && error.field === 'user_id' && !this.#renewed) return this.#renew();
		if (this.live && !this.#greeting && this.feed.isOpen) {
			// Let in, but what was missed could not be read: only another hello asks for it again.
			this.#again = setTimeout(() => this.#socket.suspect(), error.retry_ms ?? PAUSE);
			return;
		}
		if (error.code === 'code_needed' || error.code === 'code_wrong') return this.#codeRefused(error);
		this.nameError = error.message;
		this.entry.free = error.free ?? '';
		if (this.#nameBefore !== undefined) {
			this.identity.name = this.#nameBefore;
			this.#nameBefore = undefined;
			this.identity.save();
			if (!this.live) this.#greet();
		} else if (!this.live) this.#atDoor();
	}

	#codeRefused(error: ErrorFrame): void {
		this.entry.refused(error);
		this.#atDoor();
	}

	/** Something is asked of the person before they can come in. */
	#atDoor(): void {
		this.trouble = undefined;
		this.identity.inside = false;
		this.identity.waiting = undefined;
		this.identity.save();
		this.stage = 'door';
	}
}

const aboutSent = (pending: Pending | undefined) => {
	const written = pending && late(pending);
	return written === undefined ? {} : { written };
};
