import { displayName } from '../../lib/people';
import { duration, number } from '../../lib/format';
import type { Waiting } from '../operator/operator';
import type { Admission } from '../state/admission.svelte';
import type { Call } from '../state/attention.svelte';
import type { Confirmation } from '../view.svelte';
import { device } from './device';

/** Words on who waits for the operator: the same in the strips, in the window's title and in the system's notices. */

export function callerOf({ userID, name }: Call): string {
	return displayName(userID, name);
}

export function knockerOf({ user_id, name }: Waiting): string {
	return displayName(user_id, name);
}

/** Who waits, in one line; "" where nobody does. */
export function whoWaits(calls: readonly Call[], knocks: readonly Waiting[]): string {
	const all = calls.length + knocks.length;
	if (all > 1) return `${number(all)} people are waiting for you`;
	if (calls[0]) return `${callerOf(calls[0])} wrote to you`;
	return knocks[0] ? `${knockerOf(knocks[0])} is waiting to join` : '';
}

/** What is known of somebody in the lobby: "Chrome on Android · 192.168.1.40 · 40 s". */
export function aboutKnock(one: Waiting, now: number): string {
	const waits = duration(now - new Date(one.since).getTime()).replaceAll(' ', '\u00a0');
	return [
		one.browser && device(one.browser),
		one.address,
		one.name_taken && 'somebody here has that name',
		waits,
		one.connected ? '' : 'away now',
	]
		.filter(Boolean)
		.join(' · ');
}

/** What names somebody in the lobby: whoever comes anew is another one. */
export function knockKey({ user_id, since }: Waiting): string {
	return `${user_id} ${since}`;
}

/** Confirmation before people in the lobby are refused. */
export function askRefuse(admission: Admission, who: { userID: string } | { all: true }, label: string): Confirmation {
	return {
		title: `Refuse ${label}?`,
		text: 'They see your reason, and are not asked again automatically.',
		act: 'Refuse',
		reason: 'Optional',
		go: (reason) => admission.refuse(who, reason),
	};
}
