import { decode } from './decode';
import { CLOSE, type Accepted, type Message, type ServerFrame, type Since, type Welcome } from '../../lib/protocol';
import { Socket, type Link, type SocketOptions } from './socket';
import type { Store } from '../../lib/storage';
import { JoinForm } from '../join/join-form.svelte';
import { Feed } from '../log/feed.svelte';
import { Identity } from './identity.svelte';
import { late, Outbox, type Draft, type Pending } from './outbox.svelte';
import { SessionErrors } from './session-errors';
import type { Ended, Stage } from './stage';
import { Topics } from './topics.svelte';
import { troubleIn, type Trouble } from './trouble';

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
	readonly joinForm: JoinForm;
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
	/** Something that went wrong beside messages, as a sentence. */
	notice = $state('');
	onwelcome: () => void = () => {};
	/** Called when what waits to be sent answers something that is gone. */
	onnewlog: () => void = () => {};

	readonly #socket: Socket;
	readonly #errors: SessionErrors;
	/** This connection's first hello is not answered yet. */
	#greeting = false;

	constructor(store: Store, connection: Connection, joinForm = new JoinForm()) {
		this.joinForm = joinForm;
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
		this.#errors = new SessionErrors(this, this.#socket, {
			first: () => this.#greet(),
			next: () => this.#hello(),
			unanswered: () => this.#greeting,
		});
		this.feed.restore();
	}

	get messages() {
		return this.feed.messages;
	}

	/** Starts the page: straight into the room for who was in it, otherwise at the door. */
	start(): void {
		const { inside, waiting } = this.identity;
		if (!inside && waiting === undefined) return;
		this.joinForm.since = waiting;
		this.stage = inside ? 'room' : 'lobby';
		this.#socket.open();
	}

	/** Comes in under a name, also again after being sent away. A card brings its own name: then none need be given. */
	enter(name: string, needed = true): void {
		const clean = this.joinForm.checkName(name, needed ? 'Write your name first.' : '');
		if (clean === undefined) return;
		this.identity.name = clean;
		this.identity.save();
		this.ended = undefined;
		this.#errors.reason = '';
		this.joinForm.begin();
		if (this.stage === 'ended') this.stage = 'door';
		if (this.#socket.link.at === 'open') this.#afresh();
		else this.#socket.open();
		this.#socket.retryNow();
	}

	/** Takes another name; one that is refused goes back to what it was. */
	rename(name: string): boolean {
		const clean = this.joinForm.checkName(name, 'Write a name first.');
		if (clean === undefined) return false;
		this.joinForm.free = '';
		if (clean === this.identity.name) return true;
		this.identity.rename(clean);
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
		this.identity.outside();
		this.ended = undefined;
		this.joinForm.nameError = '';
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
		this.#errors.cancelRetry();
		const { wait } = this.joinForm;
		if (wait > 0) this.#errors.retryIn(wait, () => this.#greet());
		else this.#greet();
	}

	/** The first hello of a connection: it says also how far this page has come. */
	#greet(): void {
		this.#greeting = true;
		this.#hello({ ...this.feed.hello(), ...this.joinForm.hello() });
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
		this.#errors.cancelRetry();
		this.outbox.offline();
		this.feed.offline();
		this.trouble = troubleIn(link, this.trouble);
		if (link.at !== 'closed') return;
		if (link.code === CLOSE.left) return this.toDoor();
		const refused = this.stage === 'room' ? 'revoked' : 'refused';
		const kind = link.code === CLOSE.removed ? 'removed' : refused;
		this.#end({ kind, reason: this.#errors.reason || link.reason, at: new Date().toISOString() });
	}

	#end(ended: Ended): void {
		this.identity.outside();
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
				return this.#errors.take(frame);
		}
	}

	#welcome(welcome: Welcome): void {
		this.#socket.ready();
		this.identity.confirmName();
		this.joinForm.nameError = '';
		// The answer to a new name says nothing of the log.
		if (!this.#greeting) return;
		this.#greeting = false;
		this.#errors.welcomed();
		this.identity.inside = true;
		this.identity.waiting = undefined;
		this.identity.name = welcome.name ?? this.identity.name;
		this.joinForm.done();
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
		this.identity.confirmName();
		this.identity.inside = false;
		this.identity.waiting ??= Date.now();
		this.identity.save();
		this.joinForm.since = this.identity.waiting;
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
}

const aboutSent = (pending: Pending | undefined) => {
	const written = pending && late(pending);
	return written === undefined ? {} : { written };
};
