import type { Message } from '../../lib/protocol';
import type { Broadcast } from '../operator/operator';

/** Default words on the button. */
export const UNDERSTOOD = 'Understood';
/** The server's limit. */
export const ACK_LIMITS = { words: 40, every: 1440, times: 100 } as const;

/** Whom a message is for. nobody: it is not known any more, and is to be chosen again. */
export type Audience =
	{ to: 'everyone' } | { to: 'topic'; topic: string } | { to: 'person'; userID: string } | { to: 'nobody' };

export const EVERYONE: Audience = { to: 'everyone' };
export const NOBODY: Audience = { to: 'nobody' };

/** 3 normal, 4 important, 5 urgent. */
export type Priority = 3 | 4 | 5;

/** The message that is answered, by its place in the log of a run. */
export interface Reply {
	seq: number;
	epoch?: string;
}

/** What a draft holds, as it is kept between visits. */
export interface Draft {
	text: string;
	title: string;
	priority: Priority;
	/** Chosen by hand: it stays for the next message. */
	audience: Audience;
	/** For this message alone. */
	once?: Audience;
	reply?: Reply;
	/** The name of the person that it is for. */
	name?: string;
	asks: boolean;
	ack: string;
	every: number;
	times: number;
}

/** Where an answer to a message goes: its topic, its sender alone, or everyone. */
export function audienceOf(message: Message): Audience {
	const person = message.user_id ?? message.from.user_id;
	if (message.audience === 'private' && person) return { to: 'person', userID: person };
	return message.audience === 'topic' && message.topic ? { to: 'topic', topic: message.topic } : EVERYONE;
}

/** Whether two audiences are the same. */
export function isSame(a: Audience, b: Audience): boolean {
	if (a.to === 'topic') return b.to === 'topic' && a.topic === b.topic;
	if (a.to === 'person') return b.to === 'person' && a.userID === b.userID;
	return a.to === b.to;
}

/** Whether others than before would read what was written for from, were it for to. */
export function widens(from: Audience, to: Audience): boolean {
	if (from.to === 'everyone' || isSame(from, to)) return false;
	return from.to !== 'topic' || to.to !== 'person';
}

/** The audience that a broadcast was made for. */
export function audienceFor({ user_id, topic }: Broadcast): Audience {
	if (user_id) return { to: 'person', userID: user_id };
	return topic ? { to: 'topic', topic } : EVERYONE;
}

/**
 * A stored draft; its shape is whatever another version wrote. A text whose audience cannot be read is for nobody until
 * one is chosen: everyone would be a wider audience than what was meant.
 */
export function readDraft(stored: unknown): Draft {
	const { text, title, priority, audience, once, reply, name, asks, ack, every, times } = (stored ??
		{}) as Partial<Draft>;
	const wrote = typeof text === 'string' && text !== '';
	return {
		text: wrote ? text : '',
		title: typeof title === 'string' ? title : '',
		priority: priority === 4 || priority === 5 ? priority : 3,
		audience: isAudience(audience) ? audience : wrote ? NOBODY : EVERYONE,
		once: once === undefined || isAudience(once) ? once : wrote ? NOBODY : undefined,
		reply: isReply(reply) ? reply : undefined,
		name: typeof name === 'string' ? name : undefined,
		asks: asks === true,
		ack: typeof ack === 'string' && ack ? ack : UNDERSTOOD,
		every: within(every, ACK_LIMITS.every) ?? 2,
		times: within(times, ACK_LIMITS.times) ?? 0,
	};
}

function within(given: unknown, most: number): number | undefined {
	return typeof given === 'number' && given >= 1 && given <= most ? Math.round(given) : undefined;
}

function isReply(reply: unknown): reply is Reply {
	const { seq, epoch } = (reply ?? {}) as Partial<Reply>;
	return typeof seq === 'number' && seq > 0 && (epoch === undefined || typeof epoch === 'string');
}

function isAudience(audience: unknown): audience is Audience {
	const { to, topic, userID } = (audience ?? {}) as { to?: unknown; topic?: unknown; userID?: unknown };
	if (to === 'topic') return typeof topic === 'string';
	return to === 'person' ? typeof userID === 'string' : to === 'everyone' || to === 'nobody';
}
