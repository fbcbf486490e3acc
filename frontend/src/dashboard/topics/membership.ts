import { number } from '../../lib/format';
import { count } from '../../lib/plural';
import type { RefusedMember } from '../operator/operator';
import type { Person } from '../state/person';

/** How many people one call adds to a topic. */
export const AT_ONCE = 1_000;
/** Names in a refusal. */
const NAMED = 3;

/** Where a person is, beside their name: "away · Line 1", "no topic". */
export function inWords({ away, topics }: Person, titleOf: (topic: string) => string): string {
	const others = topics.filter((topic) => topic !== 'general').map(titleOf);
	return [away ? 'away' : '', others.join(', ') || 'no topic'].filter(Boolean).join(' · ');
}

/** Why some people were not added, in a sentence; "" where all were. */
export function refusalOf(refused: readonly RefusedMember[], nameOf: (userID: string) => string): string {
	if (refused.length === 0) return '';
	const named = refused.slice(0, NAMED).map(({ user_id, message }) => `${nameOf(user_id)}: ${message}`);
	const rest = refused.length > NAMED ? ` And ${number(refused.length - NAMED)} more.` : '';
	return `${count(refused.length, 'person was', 'people were')} not added. ${named.join(' ')}${rest}`;
}

/** The button that changes a person's topics, named in full: "Add to Line 1", "Remove from 2 topics", "Save changes". */
export function changeInWords(added: readonly string[], removed: readonly string[]): string {
	const topics = (names: readonly string[]) => (names.length === 1 ? names[0]! : `${number(names.length)} topics`);
	if (added.length > 0 && removed.length > 0) return 'Save changes';
	if (removed.length > 0) return `Remove from ${topics(removed)}`;
	return added.length > 0 ? `Add to ${topics(added)}` : 'Add to topic';
}
