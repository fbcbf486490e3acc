import { number } from '../../lib/format';
import { clip } from '../parts/clip';
import type { Dashboard } from '../state/dashboard.svelte';
import type { Audience } from '../state/draft';

/** How many people a message would be sent to, and how many of them are away. */
export interface Reach {
	all: number;
	away: number;
}

/** Audience in words: "everyone", "Line 2", "Ana Lima". */
export function inWords(audience: Audience, { people, room }: Dashboard): string {
	if (audience.to === 'topic') return room.titleOf(audience.topic);
	return audience.to === 'person' ? people.nameOf(audience.userID) : audience.to;
}

/** How many people an audience has, counted as the receipts count them. */
export function reach(audience: Audience, { people }: Dashboard): Reach {
	if (audience.to === 'nobody') return { all: 0, away: 0 };
	if (audience.to === 'person') return { all: 1, away: people.get(audience.userID) ? 0 : 1 };
	return people.membersOf(audience.to === 'topic' ? audience.topic : '');
}

/** Why nothing can be sent to an audience, '' where it can. */
export function obstacle(audience: Audience, { room }: Dashboard): string {
	if (audience.to === 'nobody') return 'Nobody is chosen.';
	if (audience.to !== 'topic' || !room.state) return '';
	const topic = room.state.topics.find((one) => one.topic === audience.topic);
	if (topic && !topic.archived) return '';
	return `${room.titleOf(audience.topic)} ${topic ? 'is archived' : 'is not in this room'}.`;
}

/** "48 here, 8 away". */
export function hereAndAway({ all, away }: Reach): string {
	return away > 0 ? `${number(all - away)} here, ${number(away)} away` : `${number(all)} here`;
}

/** The words on the button. A name is at the end of the first part, where it can be cut. */
export function sendLabel(dashboard: Dashboard): string {
	const { composer, room } = dashboard;
	const { audience, urgent } = composer;
	const send = urgent ? 'Send urgent' : 'Send';
	if (!room.live) return `${send} when back`;
	if (composer.armed) return `Press again to send to ${inWords(audience, dashboard)}`;
	if (audience.to === 'person') return `${send} to ${inWords(audience, dashboard)}`;
	const { all, away } = reach(audience, dashboard);
	if (all === 0) return send;
	if (audience.to === 'topic') return `${send} to ${number(all)} in ${inWords(audience, dashboard)}`;
	return `${send} to ${number(all)}${away > 0 && !urgent ? ` · ${number(away)} away` : ''}`;
}

/** The beginning of a text in one line, as it is quoted. */
export function begin(text: string, most = 160): string {
	const line = clip(text).replace(/\s+/g, ' ');
	return line.length > most ? `${line.slice(0, most)}…` : line;
}
