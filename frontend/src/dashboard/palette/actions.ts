import { count } from '../../lib/plural';
import { askBlockPerson, askRemove } from '../parts/confirmations';
import type { DashboardContext } from '../context';
import { EVERYONE } from '../state/draft';
import type { Confirmation } from '../view.svelte';
import type { Entry } from './entry';

/** An action of the palette; first: it is offered before anything is typed. */
interface Action extends Entry {
	first?: boolean;
	/** Other words that people look for it by. */
	also?: string;
}

/** How many people a verb and a name may offer. */
const PEOPLE = 3;

/** What can be done here. What cannot be undone opens its dialog; nothing is sent or removed from here. */
export function actions({ dashboard, view }: DashboardContext): Action[] {
	const { room, composer, prefs, admission, programs } = dashboard;
	// A secret that is shown this once stays until it was copied.
	const field = (id: string) => (programs.madeToken || programs.madeHook ? 'made-head' : id);
	const list: Action[] = [
		{
			id: 'write',
			sign: 'room',
			label: 'Write to everyone',
			key: 'C',
			first: true,
			also: 'new message announce send',
			go: () => {
				composer.writeTo(EVERYONE);
				void view.go('feed', 'message');
			},
		},
		{ id: 'topic', sign: 'plus', label: 'New topic', first: true, also: 'group', go: () => view.show('topic') },
		{
			id: 'join',
			sign: 'expand',
			label: 'Show join page',
			end: 'for a projector',
			key: 'J',
			first: true,
			also: 'qr code address large',
			go: () => view.show('join'),
		},
		{
			id: 'name',
			sign: 'pen',
			label: room.state?.name ? 'Rename the room' : 'Name the room',
			go: () => view.show('name'),
		},
		{
			id: 'new-token',
			sign: 'plus',
			label: 'New token',
			also: 'program access api script key',
			go: () => {
				programs.openToken();
				void view.turn('settings', field('token-name'));
			},
		},
		{
			id: 'new-webhook',
			sign: 'plus',
			label: 'New webhook',
			also: 'program call address',
			go: () => {
				programs.openHook();
				void view.turn('settings', field('hook-url'));
			},
		},
		{
			id: 'theme',
			sign: 'theme',
			label: 'Change theme',
			also: 'dark light',
			go: () => {
				view.close();
				prefs.flipTheme();
			},
		},
		{
			id: 'keys',
			sign: 'keyboard',
			label: 'Keyboard shortcuts',
			key: '?',
			also: 'help',
			go: () => view.show('keys'),
		},
		{
			id: 'sound',
			sign: 'bell',
			label: prefs.sound ? 'Turn sound off' : 'Turn sound on',
			also: 'mute bell quiet',
			go: () => {
				view.close();
				prefs.flipSound();
			},
		},
	];
	if (admission.made.length > 0)
		list.push({
			id: 'cards',
			sign: 'print',
			label: `Print ${count(admission.made.length, 'card')}`,
			also: 'list codes',
			go: () => view.show('cards'),
		});
	return list;
}

/** Actions on topics. */
export function onTopics({ dashboard, view }: DashboardContext): Action[] {
	const { room } = dashboard;
	return (room.state?.topics ?? [])
		.filter(({ archived }) => !archived)
		.flatMap((topic): Action[] => [
			{
				id: `add-${topic.topic}`,
				sign: 'people',
				label: `Add people to ${room.titleOf(topic.topic)}`,
				also: `topic ${topic.topic} members`,
				go: () => (view.open = { what: 'add-people', topic: topic.topic }),
			},
			{
				id: `rename-${topic.topic}`,
				sign: 'pen',
				label: `Rename ${room.titleOf(topic.topic)}`,
				also: `topic ${topic.topic}`,
				go: () => (view.open = { what: 'rename', topic }),
			},
		]);
}

/** Actions on people, for a verb followed by a name: "remove ana". */
export function onPeople([verb = '', ...name]: readonly string[], { dashboard, view }: DashboardContext): Action[] {
	const { people, operator } = dashboard;
	if (verb.length < 2 || name.length === 0) return [];
	const ask = (confirmation: Confirmation) => (view.open = { what: 'confirm', confirmation });
	return people.matching(name.join(' '), PEOPLE).flatMap((person) => {
		const found: Action[] = [];
		if ('add'.startsWith(verb))
			found.push({
				id: `topics-${person.user_id}`,
				sign: 'plus',
				label: `Add ${person.label} to a topic`,
				go: () => (view.open = { what: 'person-topics', userID: person.user_id }),
			});
		if ('remove'.startsWith(verb) && !person.away)
			found.push({
				id: `remove-${person.user_id}`,
				sign: 'door',
				label: `Remove ${person.label}`,
				end: 'asks first',
				go: () => ask(askRemove(operator, person)),
			});
		if ('block'.startsWith(verb))
			found.push({
				id: `block-${person.user_id}`,
				sign: 'lock',
				label: `Block ${person.label}`,
				end: 'asks first',
				go: () => ask(askBlockPerson(operator, person.user_id, person.label)),
			});
		return found;
	});
}
