import {
	CLOSE,
	type Accepted,
	type MemberFrame,
	type Message,
	type RoomFrame,
	type ServerFrame,
	type Since,
	type Topic,
	type Welcome,
} from '../../lib/protocol';
import type { Store } from '../../lib/storage';
import { JoinForm } from '../join/join-form.svelte';
import { MessageLog } from '../log/message-log.svelte';
import { decode } from './decode';
import { Identity } from './identity.svelte';
import { Moving } from './moving';
import { late, Outbox, type Draft, type Pending } from './outbox.svelte';
import { SessionErrors } from './session-errors';
import { Socket, type Link, type SocketOptions } from './socket';
import type { Ended, Stage } from './stage';
import { Topics } from './topics.svelte';
import { troubleIn, type Trouble } from './trouble';

export type Connection = Pick<SocketOptions, 'url' | 'dial' | 'probe' | 'random' | 'hidden'>;

/**
 * A client session: identity, connection, and the frames that come and go over it. The rules are:
 * nothing is sent before welcome but hello, and no message before it is known in which topics this person still is;
 * after being removed or refused the page stays away until somebody presses a button;
 * a message is shown once, whether its echo or its "accepted" comes first;
 * a connection's first hello, and no other, carries the cursor.
 */
export class Session {
	readonly identity: Identity;
	readonly joinForm: JoinForm;
	readonly log: MessageLog;
	readonly outbox: Outbox;
	readonly topics: Topics;
	stage = $state<Stage>('join');
	link = $state.raw<Link>({ at: 'idle' });
	/** Welcomed: messages are sent at once. */
	live = $state(false);
	/** Set while there has been no connection for more than a second. */
	trouble = $state.raw<Trouble>();
	ended = $state.raw<Ended>();
	/** The operator has muted this person: they read, and cannot write. */
	muted = $state(false);
	/** This page's machine is cut off from the others of the room: what is said there does not reach this page. */
	cutOff = $state(false);
	/** Up to where the operator has seen what this person wrote; 0: nothing. */
	seen = $state(0);
	/** An error that concerns no message, as a sentence. */
	notice = $state('');
	onwelcome: () => void = () => {};
	/** Called when the operator has put this person into topics that they were not in, or taken them out. */
	onmoved: (frame: MemberFrame) => void = () => {};
	/** Called when the list of topics has come. */
	ontopics: () => void = () => {};
	/** Called when the room or the operator has another name. */
	onroom: (room: RoomFrame) => void = () => {};
	/** Called when the server has a new log: replies in the draft lose their message. */
	onnewlog: () => void = () => {};

	readonly #socket: Socket;
	readonly #errors: SessionErrors;
	/** This connection's first hello is not answered yet. */
	#firstHelloPending = false;
	/** Sends what is queued, once it is known in which topics this person is; undefined: already done, or not welcomed. */
	#release: (() => void) | undefined;
	#releaseTimer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		store: Store,
		connection: Connection,
		joinForm = new JoinForm(),
		private readonly moving = new Moving(),
	) {
		this.joinForm = joinForm;
		this.identity = new Identity(store);
		this.#socket = new Socket({
			...connection,
			onopen: () => this.#sendFirstHello(),
			onframe: (frame, old) => this.#take(decode(frame), old),
			onlink: (link) => this.#linked(link),
		});
		const send = (frame: object) => this.#socket.send(frame);
		this.outbox = new Outbox({
			...{ store, send, onstall: () => this.#socket.suspect() },
			isIn: (topic) => this.topics.isJoined(topic),
		});
		this.topics = new Topics(this.identity, {
			send: (frame) => this.live && send(frame),
			since: () => (this.live ? this.log.subscribe() : {}),
			onpart: (topic) => this.log.part(topic),
		});
		this.log = new MessageLog(store, this.identity, (frame) => this.live && send(frame));
		this.log.onnewlog = () => {
			this.outbox.dropReplies();
			this.onnewlog();
		};
		this.log.onsettled = (epoch, known) => (this.#release = () => this.outbox.online(epoch, known));
		this.#errors = new SessionErrors(this, this.#socket, {
			first: () => this.#sendFirstHello(),
			next: () => this.#sendHello(),
			unanswered: () => this.#firstHelloPending,
		});
		this.log.restore();
	}

	get messages() {
		return this.log.messages;
	}

	/** Starts the page: in the room or the lobby for a person who was there, otherwise with the join form. */
	start(): void {
		const { inside, waiting } = this.identity;
		if (!inside && waiting === undefined) return;
		this.joinForm.since = waiting;
		this.stage = inside ? 'room' : 'lobby';
		this.#socket.open();
	}

	/** Joins under a name, also again after a removal. A personal code has a name of its own: then none is needed. */
	enter(name: string, needed = true): void {
		const clean = this.joinForm.checkName(name, needed ? 'Enter your name first.' : '');
		if (clean === undefined) return;
		this.identity.name = clean;
		this.identity.save();
		this.ended = undefined;
		this.#errors.reason = '';
		this.#errors.blocked = false;
		this.joinForm.begin();
		if (this.stage === 'ended') this.stage = 'join';
		if (this.#socket.link.at === 'open') this.#sendHelloAgain();
		else this.#socket.open();
		this.#socket.retryNow();
	}

	/** Changes the name; a refused one is reverted. */
	rename(name: string): boolean {
		const clean = this.joinForm.checkName(name, 'Enter a name first.');
		if (clean === undefined) return false;
		this.joinForm.freeName = '';
		if (clean === this.identity.name) return true;
		this.identity.rename(clean);
		if (this.live) this.#sendHello();
		else if (this.stage === 'lobby') this.#sendFirstHello();
		return true;
	}

	/** Leaves the room for good: this phone forgets the name and what was not sent. */
	leave(): void {
		this.#socket.send({ action: 'leave' });
		this.#socket.close(CLOSE.left);
		this.outbox.clear();
		this.identity.forget();
		this.log.forget();
	}

	/** Goes back to the join form. */
	toJoinForm(): void {
		this.identity.outside();
		this.ended = undefined;
		this.joinForm.nameError = '';
		this.stage = 'join';
	}

	/** Leaves the lobby. */
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

	/** Sends the first hello again, as soon as the server accepts another code. */
	#sendHelloAgain(): void {
		this.#errors.cancelRetry();
		const { wait } = this.joinForm;
		if (wait > 0) this.#errors.retryIn(wait, () => this.#sendFirstHello());
		else this.#sendFirstHello();
	}

	/** The first hello of a connection: it carries the cursor too. */
	#sendFirstHello(): void {
		this.#firstHelloPending = true;
		this.#sendHello({ ...this.log.hello(), ...this.joinForm.hello() });
	}

	#sendHello(more: Partial<Since> & { code?: string } = {}): void {
		const { user_id, token, name, topics } = this.identity;
		const joined = topics.length > 0 ? { topics } : {};
		const named = name === '' ? {} : { name };
		this.#socket.send({ action: 'hello', ...named, user_id, token, ...joined, ...more });
	}

	#linked(link: Link): void {
		this.link = link;
		this.moving.linked(link);
		if (link.at === 'open') return;
		this.live = false;
		this.#errors.cancelRetry();
		this.#release = undefined;
		clearTimeout(this.#releaseTimer);
		this.outbox.offline();
		this.log.offline();
		this.trouble = troubleIn(link, this.trouble);
		if (link.at !== 'closed') return;
		if (link.code === CLOSE.left) return this.toJoinForm();
		const blocked = this.#errors.blocked || link.refused?.blocked === true;
		const kind = link.code === CLOSE.removed ? 'removed' : blocked ? 'blocked' : 'refused';
		this.#end({ kind, reason: this.#errors.reason || link.reason, at: new Date().toISOString() });
	}

	#end(ended: Ended): void {
		this.identity.outside();
		this.ended = ended;
		this.stage = 'ended';
	}

	/** old: over the connection that is being replaced. Its messages count, its state does not. */
	#take(frame: ServerFrame | undefined, old: boolean): void {
		switch (frame?.type) {
			case 'message':
				return this.#message(frame);
			case 'withdrawn':
				return this.log.withdrawn(frame);
			case 'accepted':
				return this.#accepted(frame);
			case 'acked':
				return this.log.acked(frame);
			case 'remind':
				return this.log.remind(frame);
		}
		if (old) return;
		switch (frame?.type) {
			case 'welcome':
				return this.#welcome(frame);
			case 'waiting':
				return this.#waiting();
			case 'nodes':
				this.cutOff = frame.cut_off === true;
				return this.moving.changed(frame.nodes);
			case 'topics':
				return this.#topicsCame(frame.topics);
			case 'recovered':
				this.log.recovered(frame);
				return this.#sendQueued();
			case 'history':
				return this.log.history(frame);
			case 'room':
				return this.onroom(frame);
			case 'joined':
			case 'parted':
				return this.#moved(frame);
			case 'seen':
				this.seen = Math.max(this.seen, frame.seq);
				return;
			case 'muted':
				this.muted = frame.muted;
				return;
			case 'error':
				return this.#errors.take(frame);
		}
	}

	#welcome(welcome: Welcome): void {
		this.#socket.ready();
		this.identity.confirmName();
		this.joinForm.nameError = '';
		// A welcome that answers a new name says nothing about the log.
		if (!this.#firstHelloPending) return;
		this.#firstHelloPending = false;
		this.moving.welcomed(welcome);
		this.cutOff = welcome.cut_off === true;
		// Who is muted, and what was seen, is told after the welcome.
		this.muted = false;
		this.seen = 0;
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
		this.log.welcome(welcome);
		// Nothing is queued that could go to a topic.
		if (this.outbox.items.length === 0 && !this.log.isOpen) this.#sendQueued();
		this.onwelcome();
	}

	#topicsCame(topics: readonly Topic[]): void {
		// Without a recovery no frame says that the last change of topics has come: they arrive together with this one.
		if (this.#release && !this.log.isOpen) this.#releaseTimer = setTimeout(() => this.#sendQueued());
		this.topics.take(topics);
		this.ontopics();
	}

	#sendQueued(): void {
		this.#release?.();
		this.#release = undefined;
	}

	/** Waiting in the lobby. The welcome to this hello may come much later. */
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

	#moved({ type, topics }: MemberFrame): void {
		const moved = topics.filter((topic) => this.topics.isJoined(topic) !== (type === 'joined'));
		this.topics.changed({ type, topics });
		if (type === 'joined') this.log.join(topics);
		if (moved.length > 0) this.onmoved({ type, topics: moved });
	}

	#message(message: Message): void {
		const own = this.log.isOwn(message);
		const pending = own && message.id !== undefined ? this.outbox.settle(message.id) : undefined;
		this.log.message(message, aboutSent(pending));
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
		this.log.accepted(message, aboutSent(pending));
	}
}

const aboutSent = (pending: Pending | undefined) => {
	const written = pending && late(pending);
	return written === undefined ? {} : { written };
};
