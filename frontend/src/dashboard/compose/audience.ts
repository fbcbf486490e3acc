import type { Audience } from '../state/composer.svelte';
import type { Dashboard } from '../state/dashboard.svelte';

/** Audience in words: "everyone", "Line 2", "Ana Lima". */
export function inWords(audience: Audience, { people, room }: Dashboard): string {
	if (audience.to === 'everyone') return 'everyone';
	return audience.to === 'topic' ? room.titleOf(audience.topic) : people.nameOf(audience.userID);
}

/** Number of people in an audience now. */
export function reach(audience: Audience, { people, room }: Dashboard): number {
	if (audience.to === 'everyone') return room.subscribers;
	if (audience.to === 'topic') return people.perTopic.get(audience.topic) ?? 0;
	return people.get(audience.userID) ? 1 : 0;
}
