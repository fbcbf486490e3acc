import { isBlank, trimmed } from '../../lib/blank';
import { randomId } from '../../lib/ids';
import { LIMITS, type Message } from '../../lib/protocol';
import type { Store } from '../../lib/storage';
import type { Broadcast } from '../operator/operator';
import type { QueuedBroadcast, BroadcastQueue } from './broadcast-queue.svelte';

const KEY = 'draft';
/** The draft is stored at most this often. */
const SAVE_AFTER = 300;

/** Default words on the button. */
export const UNDERSTOOD = 'Understood';
/** The server's limit. */
export const ACK_LIMITS = { words: 40, every: 1440, times: 100 } as const;

/** Audience of a message. */
export type Audience = { to: 'everyone' } | { to: 'topic'; topic: string } | { to: 'person'; userID: string };

export const EVERYONE: Audience = { to: 'everyone' };

/** 3 normal, 4 important, 5 urgent. */
export type Priority = 3 | 4 | 5;

interface Draft {
	text: string;
	title: string;
	priority: Priority;
	audience: Audience;
	asks: boolean;
	ack: string;
}

const encoder = new TextEncoder();

/** State of the composer: the operator's draft. It survives a reload; sent messages are in BroadcastQueue. */
export class ComposerState {
	text = $state('');
	title = $state('');
	priority = $state<Priority>(3);
	audience = $state.raw<Audience>(EVERYONE);
	/** Asks for a press of a button that says these words. */
	asks = $state(false);
	ack = $state(UNDERSTOOD);
	/** Reminds those who have not pressed it: every so many minutes, so many times; 0 times: never. */
	every = $state(2);
	times = $state(0);
	/** The message this answers. */
	answers = $state.raw<Message>();
	/** The epoch of the log that the answered message is of. */
	epoch: string | undefined;
	/** How much of the limit is used, in bytes of UTF-8. */
	bytes = $derived(encoder.encode(this.text).length);
	tooLong = $derived(this.bytes > LIMITS.message);
	/** The limit is near enough to speak of it. */
	nearLimit = $derived(this.bytes > LIMITS.message * 0.9);
	empty = $derived(isBlank(this.text));

	#timer?: ReturnType<typeof setTimeout>;

	constructor(
		private readonly queue: BroadcastQueue,
		private readonly store: Store,
	) {
		const draft = read(store.get(KEY));
		this.text = draft.text;
		this.title = draft.title;
		this.priority = draft.priority;
		this.audience = draft.audience;
		this.asks = draft.asks;
		this.ack = draft.ack;
	}

	/** Schedules storing the draft; call it after each change. */
	save(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#write(), SAVE_AFTER);
	}

	writeTo(audience: Audience): void {
		this.audience = audience;
		this.answers = undefined;
		this.save();
	}

	/** Begins a reply: in the message's topic, or to its sender alone. */
	answer(message: Message): void {
		this.audience = audienceOf(message);
		this.answers = message;
		this.save();
	}

	/** Queues the message and clears the draft; false where it cannot be sent. */
	send(toInWords: string): boolean {
		if (this.empty || this.tooLong || this.queue.full) return false;
		this.queue.send(this.#broadcast(), toInWords);
		this.#clear();
		return true;
	}

	/** Moves a refused message back into the composer, unless a draft is there. */
	takeBack(queued: QueuedBroadcast): void {
		if (!this.empty || !this.queue.take(queued.broadcast.message_id)) return;
		const { message, title, priority, topic, user_id, ack, repeat } = queued.broadcast;
		this.text = message;
		this.title = title ?? '';
		this.priority = priority === 4 || priority === 5 ? priority : 3;
		this.asks = ack !== undefined;
		this.ack = ack ?? this.ack;
		this.times = repeat?.times ?? 0;
		this.every = repeat?.every ?? this.every;
		this.audience = user_id ? { to: 'person', userID: user_id } : topic ? { to: 'topic', topic } : EVERYONE;
		this.save();
	}

	#broadcast(): Broadcast {
		const { audience, priority, answers } = this;
		const title = trimmed(this.title);
		return {
			message: this.text,
			message_id: randomId(),
			...(audience.to === 'topic' ? { topic: audience.topic } : {}),
			...(audience.to === 'person' ? { user_id: audience.userID } : {}),
			...(title ? { title } : {}),
			...(priority !== 3 ? { priority } : {}),
			...(answers ? { reply_to: answers.seq, ...(this.epoch ? { epoch: this.epoch } : {}) } : {}),
			...(this.asks ? this.#asked() : {}),
		};
	}

	#asked(): Pick<Broadcast, 'ack' | 'repeat'> {
		const ack = trimmed(this.ack) || UNDERSTOOD;
		const every = within(this.every, ACK_LIMITS.every);
		const times = within(this.times, ACK_LIMITS.times);
		return this.times > 0 ? { ack, repeat: { every, times } } : { ack };
	}

	// The audience stays for the next message; urgency and what is asked for must be chosen each time anew.
	#clear(): void {
		this.text = '';
		this.title = '';
		this.priority = 3;
		this.asks = false;
		this.times = 0;
		this.answers = undefined;
		clearTimeout(this.#timer);
		this.#write();
	}

	#write(): void {
		const { text, title, priority, audience, asks, ack } = this;
		this.store.set(KEY, { text, title, priority, audience, asks, ack } satisfies Draft);
	}
}

function audienceOf(message: Message): Audience {
	const person = message.user_id ?? message.from.user_id;
	if (message.audience === 'private' && person) return { to: 'person', userID: person };
	return message.audience === 'topic' && message.topic ? { to: 'topic', topic: message.topic } : EVERYONE;
}

function read(stored: unknown): Draft {
	const { text, title, priority, audience, asks, ack } = (stored ?? {}) as Partial<Draft>;
	return {
		text: typeof text === 'string' ? text : '',
		title: typeof title === 'string' ? title : '',
		priority: priority === 4 || priority === 5 ? priority : 3,
		audience: isAudience(audience) ? audience : EVERYONE,
		asks: asks === true,
		ack: typeof ack === 'string' && ack ? ack : UNDERSTOOD,
	};
}

function within(given: number, most: number): number {
	return Math.min(most, Math.max(1, Math.round(given) || 1));
}

function isAudience(audience: unknown): audience is Audience {
	const { to, topic, userID } = (audience ?? {}) as { to?: unknown; topic?: unknown; userID?: unknown };
	if (to === 'topic') return typeof topic === 'string';
	return to === 'person' ? typeof userID === 'string' : to === 'everyone';
}
