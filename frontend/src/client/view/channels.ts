import type { Audience, Topic } from '../../lib/protocol';

/** A channel of the list: everything, the conversation with the operator, or one topic ("#" and its name). */
export type Channel = 'all' | 'operator' | `#${string}`;

export const topicChannel = (topic: string): Channel => `#${topic}`;

/** The topic of a channel, if it is one. */
export function channelTopic(channel: Channel): string | undefined {
	return channel.startsWith('#') ? channel.slice(1) : undefined;
}

/** Whether a message of that audience and topic is shown in a channel. What goes to everyone is shown in each. */
export function isIn(channel: Channel, audience: Audience, topic?: string): boolean {
	return audience === 'everyone' || isOf(channel, audience, topic);
}

/** Whether a message of that audience and topic counts for a channel: what goes to everyone only for "all". */
export function isOf(channel: Channel, audience: Audience, topic?: string): boolean {
	if (channel === 'all') return true;
	if (channel === 'operator') return audience === 'private';
	return audience === 'topic' && topic === channelTopic(channel);
}

/** Display name of a topic: its title, or its name where it has none. */
export function topicName(topics: readonly Topic[], topic: string): string {
	return topics.find((known) => known.topic === topic)?.title || topic;
}
