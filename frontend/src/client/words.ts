import type { Trouble } from './state/session.svelte';

/** What is wrong with the connection, as a sentence. */
export function troubleWords({ cause, refused }: Trouble, hasNetwork: boolean): string {
	if (refused) return refused.message;
	if (!hasNetwork) return 'This device has no network.';
	return cause === 'restarting' ? 'Belfry has stopped or is starting again.' : 'The server does not answer.';
}

/** Who sees a message that goes to a topic, or without one to the operator. */
export function audienceWords(topic: string | undefined): string {
	return topic === undefined ? 'Only the operator sees this' : `Everyone in ${topic} sees this`;
}
