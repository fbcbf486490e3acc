import { number } from '../../lib/format';
import { people as inPeople } from '../../lib/plural';
import type { FinderGroup, FinderRow } from '../parts/finder.svelte';
import { rank } from '../parts/marked';
import { sinceWhen } from '../parts/times';
import type { Dashboard } from '../state/dashboard.svelte';
import { EVERYONE, type Audience } from '../state/draft';
import type { Person } from '../state/person';

/** One row of the picker. */
export interface Option extends FinderRow {
	audience: Audience;
}

/** People offered at most. */
export const MOST = 20;

/**
 * What the picker offers. Enter takes the first row: without words that is everyone, with words people come before topics
 * and everyone comes last, so that "eve" and Enter writes to Eve.
 */
export function groupsFor(
	dashboard: Dashboard,
	found: readonly Person[],
	words: readonly string[],
): FinderGroup<Option>[] {
	const everyone = { name: 'Everyone', rows: everyoneOption(dashboard, words) };
	const topics = { name: 'Topics', rows: topicOptions(dashboard, words) };
	const people = { name: 'People', rows: personOptions(dashboard, found) };
	const groups = words.length > 0 ? [people, topics, everyone] : [everyone, topics, people];
	return groups.filter(({ rows }) => rows.length > 0);
}

function everyoneOption({ people }: Dashboard, words: readonly string[]): Option[] {
	if (rank('Everyone', words) === 0) return [];
	const end = inPeople(people.membersOf().all);
	return [{ id: 'everyone', sign: 'people', label: 'Everyone', end, audience: EVERYONE }];
}

function topicOptions({ room, people }: Dashboard, words: readonly string[]): Option[] {
	const topics = room.state?.topics ?? [];
	return topics
		.filter(({ topic, archived }) => !archived && rank(`${topic}\n${room.titleOf(topic)}`, words) > 0)
		.map(({ topic, kind }) => ({
			id: `topic-${topic}`,
			sign: kind === 'announce' ? 'megaphone' : 'hash',
			label: room.titleOf(topic),
			end: inPeople(people.membersOf(topic).all),
			audience: { to: 'topic', topic },
		}));
}

function personOptions({ clock }: Dashboard, found: readonly Person[]): Option[] {
	return found.map((person) => {
		const twice = found.some((other) => other !== person && other.label === person.label);
		const state = person.away ? `away since ${sinceWhen(person.away, clock.now)}` : 'here';
		return {
			id: `person-${person.user_id}`,
			sign: person.away ? 'away' : 'here',
			label: person.label,
			end: twice && person.device ? `${person.device} · ${state}` : state,
			audience: { to: 'person', userID: person.user_id },
		};
	});
}

/** "2,000 people are in the room. Type a name to find one.", where not all of them are listed. */
export function restOf({ people }: Dashboard, found: readonly Person[]): string {
	const all = people.total + people.away.length;
	if (all <= found.length || found.length < MOST) return '';
	return `${number(all)} people are in the room. Type a name to find one.`;
}
