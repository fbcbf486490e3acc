import { number } from '../lib/format';
import type { Trouble } from './connection/trouble';
import type { Note } from './log/missed.svelte';

/** Connection trouble as a sentence. */
export function troubleWords({ cause, refused }: Trouble, hasNetwork: boolean): string {
	if (refused) return refused.message;
	if (!hasNetwork) return 'This device has no network.';
	return cause === 'restarting' ? 'Belfry has stopped or is starting again.' : 'The server does not answer.';
}

/** Audience of a message as words: a topic, or without one the operator. */
export function audienceWords(topic: string | undefined): string {
	return topic === undefined ? 'Only the operator sees this' : `Everyone in ${topic} sees this`;
}

/** Heading above missed messages. Where more is missing than was recovered, no number is guessed. */
export function missedWords({ count, more }: Note): string {
	if (count === 0) return 'You were away';
	const words = count === 1 ? '1 message' : `${number(count)} messages`;
	return more === 'held' ? `You missed more than ${words}` : `You missed ${words}`;
}
