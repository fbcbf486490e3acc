import { number } from '../../lib/format';
import type { HookEvent, Rights, Token, Webhook } from '../operator/operator';
import { isSameDay, sinceWhen } from '../parts/times';

/** Places that are no topics: what a token may post to or read beside them. */
export const EVERYONE = 'everyone';
export const PEOPLE = 'people';
export const ALL = 'all';

/** The rates that are offered, in messages a second. */
export const RATES: readonly { rate: number; label: string }[] = [
	{ rate: 1, label: '1 per second, bursts of 60' },
	{ rate: 5, label: '5 per second, bursts of 60' },
	{ rate: 20, label: '20 per second, bursts of 60' },
	{ rate: 0, label: 'No limit' },
];

export function rateText(rate: number): string {
	return rate === 0 ? 'No limit' : `${number(rate)} per second`;
}

/** Names in a row: "Line 2", "Line 2 and Safety", "Line 1, Line 2 and Safety". */
export function listed(names: readonly string[]): string {
	return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** What a token can do, in words: "Post to Line 2 and Safety · urgent". */
export function rightsText(rights: Rights, titleOf: (topic: string) => string): string {
	const posts = rights.publish.map((place) =>
		place === EVERYONE ? 'everyone' : place === PEOPLE ? 'single people' : titleOf(place),
	);
	const reads = rights.read.map((place) => (place === EVERYONE ? 'messages to everyone' : titleOf(place)));
	const can = [
		posts.length > 0 && `post to ${listed(posts)}`,
		rights.urgent && 'urgent',
		rights.ask && 'ask to confirm',
		rights.read.includes(ALL)
			? 'read everything, private conversations too'
			: reads.length > 0 && `read ${listed(reads)}`,
		rights.receipts && 'receipts',
		rights.people && 'people',
		rights.metrics && 'metrics',
		rights.in_url && 'token in addresses',
	].filter((one) => typeof one === 'string');
	const text = can.join(' · ');
	return text ? text[0]!.toUpperCase() + text.slice(1) : 'Nothing but counts and topics';
}

/** A moment within a sentence: "10:39", else "on Sunday, 22 November, 10:39". */
export function when(iso: string, now: number): string {
	return isSameDay(iso, now) ? sinceWhen(iso, now) : `on ${sinceWhen(iso, now)}`;
}

/** When a token was last used, and from where. */
export function usedText({ used, used_from: from }: Token, now: number): string {
	if (!used) return 'Never used';
	const where = /^(127\.|\[?::1\]?$)/.test(from) ? 'Belfry’s own computer' : from;
	return `Last used ${when(used, now)}${where && ` from ${where}`}`;
}

/** A line for a shell that tries a token, by what it can do. url: the address of the room, with a slash at its end. */
export function curlLine(secret: string, rights: Rights, url: string): string {
	const head = `curl -H "Authorization: Bearer ${secret}"`;
	const to = rights.publish.find((place) => place !== PEOPLE);
	if (to) return `${head} -d "Hello from a program" ${url}${encodeURIComponent(to)}`;
	if (rights.publish.length > 0)
		return `${head} -d '{"user_id": "USER_ID", "message": "Hello from a program"}' ${url}api/v1/messages`;
	if (rights.read.length > 0) return `${head} ${url}api/v1/messages`;
	if (rights.people) return `${head} ${url}api/v1/people`;
	return head + ` ${url}${rights.metrics ? 'metrics' : 'api/v1/now'}`;
}

/** What a webhook can be called for, in words. */
export const EVENTS: readonly { event: HookEvent; label: string; note: string }[] = [
	{ event: 'message', label: 'Messages', note: 'Someone wrote' },
	{ event: 'answer', label: 'Answers', note: 'Someone replied, or wrote to you in private' },
	{ event: 'acknowledged', label: 'Confirmed', note: 'Someone confirmed an announcement' },
	{
		event: 'complete',
		label: 'Announcement complete',
		note: 'Everyone has received it, or confirmed it where it asks',
	},
	{ event: 'joined', label: 'Joined', note: 'Someone came in' },
	{ event: 'left', label: 'Left', note: 'Someone is away' },
];

/** What a webhook is called for: "Answers · announcement complete · with texts". */
export function eventsText({ events, texts, private: isPrivate }: Webhook): string {
	const labels = EVENTS.filter(({ event }) => events.includes(event)).map(({ label }) => label.toLowerCase());
	if (texts) labels.push(isPrivate ? 'with names and texts, private ones too' : 'with names and texts');
	const text = labels.join(' · ');
	return text && text[0]!.toUpperCase() + text.slice(1);
}

/** The host of a webhook's address; the address where it has none. */
export function hostOf(url: string): string {
	try {
		return new URL(url).host;
	} catch {
		return url;
	}
}

/** How far away a moment is: "in 40 s", "in 4 min", "now". */
export function untilText(iso: string, now: number): string {
	const left = Math.round((new Date(iso).getTime() - now) / 1000);
	if (!(left > 0)) return 'now';
	return left < 60 ? `in ${left} s` : `in ${Math.round(left / 60)} min`;
}

/** What is said of a webhook's calls, one fact each. */
export function factsOf(hook: Webhook, now: number): string[] {
	const waiting = `${number(hook.waiting)} waiting`;
	if (hook.state === 'paused') {
		const why = hook.paused_by === 'failures' ? [`Failed for a day: ${hook.error}`] : [];
		return [...why, hook.waiting > 0 ? `Nothing is lost; ${waiting}` : 'Nothing is lost'];
	}
	if (hook.state === 'failing') {
		const next = hook.next_try ? `, next try ${untilText(hook.next_try, now)}` : '';
		return [hook.error && `Last error: ${hook.error}`, `${waiting}${next}`].filter(Boolean);
	}
	return [
		hook.last_sent ? `Last sent ${when(hook.last_sent, now)}` : 'Nothing sent yet',
		`${number(hook.sent_7d)} sent in 7 days`,
		hook.waiting > 0 ? waiting : '',
	].filter(Boolean);
}
