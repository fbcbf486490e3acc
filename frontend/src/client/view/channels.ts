import type { Audience, Topic } from '../../lib/protocol';

/** What the list shows: everything, the conversation with the operator, or one topic ("#" and its name). */
export type Place = 'all' | 'operator' | `#${string}`;

export const topicPlace = (topic: string): Place => `#${topic}`;

/** The topic of a place, if it is one. */
export function placeTopic(place: Place): string | undefined {
	return place.startsWith('#') ? place.slice(1) : undefined;
}

/** Whether a message of that audience and topic is shown in a place. */
export function isIn(place: Place, audience: Audience, topic?: string): boolean {
	if (place === 'all') return true;
	if (place === 'operator') return audience === 'private';
	return audience === 'topic' && topic === placeTopic(place);
}

/** What a topic is called: its title, or its name where it has none. */
export function topicName(topics: readonly Topic[], topic: string): string {
	return topics.find((known) => known.topic === topic)?.title || topic;
}
