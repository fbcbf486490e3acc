import { people as inPeople } from '../../lib/plural';
import type { DashboardContext } from '../context';
import type { Audience } from '../state/draft';
import type { Person } from '../state/person';
import type { FinderRow } from '../parts/finder.svelte';
import { sinceWhen } from '../parts/times';

/** One line of the palette. */
export interface Entry extends FinderRow {
	go: () => void;
	/** Whom Ctrl+Enter begins a message to. */
	to?: { audience: Audience; name: string };
}

/** A person; Enter shows them in the list of people. */
export function personEntry(person: Person, { dashboard, view }: DashboardContext): Entry {
	const { people, room, clock } = dashboard;
	const topics = person.topics.filter((topic) => topic !== 'general').map(room.titleOf);
	return {
		id: `person-${person.user_id}`,
		sign: person.away ? 'away' : 'here',
		label: person.label,
		end: [person.away ? `away since ${sinceWhen(person.away, clock.now)}` : 'here', topics.join(', ')]
			.filter(Boolean)
			.join(' · '),
		go: () => {
			people.open(person.user_id);
			void view.go('people', '', 'people');
		},
		to: { audience: { to: 'person', userID: person.user_id }, name: person.label },
	};
}

/** A topic; Enter shows it in the list of topics. */
export function topicEntry(topic: string, { dashboard, view }: DashboardContext): Entry {
	const { room, people } = dashboard;
	const announce = room.state?.topics.some((one) => one.topic === topic && one.kind === 'announce');
	const name = room.titleOf(topic);
	return {
		id: `topic-${topic}`,
		sign: announce ? 'megaphone' : 'hash',
		label: name,
		end: inPeople(people.membersOf(topic).all),
		go: () => {
			view.topic = topic;
			void view.go('people', `topic-${topic}`, 'topics');
		},
		to: { audience: { to: 'topic', topic }, name },
	};
}
