import { count as counted } from '../lib/plural';
import { PASSES, type Refused } from './connection/refusal';
import type { Trouble } from './connection/trouble';
import type { Note } from './log/missed.svelte';
import type { Channel } from './view/channels';
import type { Since } from './view/rows';

/** Connection trouble as a sentence, and what to do about it, "" where nothing is known. */
export function troubleWords({ cause, refused }: Trouble, hasNetwork: boolean): { sentence: string; hint: string } {
	if (refused) return refusedWords(refused);
	if (!hasNetwork) return { sentence: 'This device is not on a network.', hint: '' };
	if (cause === 'restarting') return { sentence: 'Belfry has stopped or is restarting.', hint: '' };
	return { sentence: 'The server does not answer.', hint: '' };
}

/** What stands between this page and Belfry only the operator can set right. */
function refusedWords({ code, message }: Refused): { sentence: string; hint: string } {
	const { sentence, hint } = parted(message);
	return { sentence, hint: hint && (code === PASSES || code === 'not_allowed') ? `For the operator: ${hint}` : hint };
}

/** What the server says, as its first sentence and the rest, which says what to do. */
export function parted(message: string): { sentence: string; hint: string } {
	const [, sentence = message, hint = ''] = /^(.*?[.!?])\s+(.+)$/su.exec(message) ?? [];
	return { sentence, hint };
}

/** Audience of a message as words: a topic, or without one the operator. */
export function audienceWords(topic: string | undefined, reply = false): string {
	const what = reply ? 'this reply' : 'this';
	return topic === undefined ? `Only the operator sees ${what}` : `Everyone in ${topic} sees ${what}`;
}

/** What was missed in other places, and in which. */
export function elsewhereWords(count: number, places: readonly string[]): string {
	const words = counted(count, 'message');
	const [first, second] = places;
	if (places.length > 2) return `You missed ${words} in ${places.length} other places.`;
	return `You missed ${words} in ${first}${second === undefined ? '' : ` and ${second}`}.`;
}

/** Heading above missed messages. Where more is missing than was recovered, no number is guessed. */
export function missedWords({ count, more }: Pick<Note, 'count' | 'more'>): string {
	if (count === 0) return 'You were away';
	const words = counted(count, 'message');
	return more === 'held' ? `You missed more than ${words}` : `You missed ${words}`;
}

/** The same in a channel: what was missed elsewhere is not counted there. */
export const sinceWords = ({ note, here, more }: Since, channel: Channel): string =>
	missedWords({ count: channel === 'all' ? note.count : here, more });
