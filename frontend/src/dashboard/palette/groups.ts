import type { DashboardContext } from '../context';
import { actions, onPeople, onTopics } from './actions';
import { personEntry, topicEntry, type Entry } from './entry';
import type { FinderGroup } from '../parts/finder.svelte';
import { HELP, helpText } from '../parts/help';
import { rank, wordsOf } from '../parts/marked';
import { PAGES } from './pages';
import { recent, waiting } from './recent';

type Group = FinderGroup<Entry>;

/** Entries of one kind while others are listed too, and where it is the only kind. */
const FEW = 5;
const MANY = 20;

/**
 * What the palette lists for what was typed. Nothing typed: who waits, what was dealt with last, and actions. "@" lists
 * people alone and "#" topics alone.
 */
export function groupsFor(typed: string, context: DashboardContext): Group[] {
	const only = typed.trimStart()[0];
	const words = wordsOf(typed.replace(/^\s*[@#]/, ''));
	if (only === '@') return filled([{ name: 'People', rows: peopleFor(words, context, MANY) }]);
	if (only === '#') return filled([{ name: 'Topics', rows: topicsFor(words, context, MANY) }]);
	if (words.length === 0)
		return filled([
			{ name: 'Waiting for you', rows: waiting(context) },
			{ name: 'Recent', rows: recent(context) },
			{ name: 'Actions', rows: actions(context).filter(({ first }) => first) },
		]);
	return filled([
		{ name: 'People', rows: peopleFor(words, context, FEW) },
		{ name: 'Topics', rows: topicsFor(words, context, FEW) },
		{ name: 'Pages', rows: best(pages(context), words, FEW) },
		{
			name: 'Actions',
			rows: best([...actions(context), ...onTopics(context)], words, FEW).concat(onPeople(words, context)),
		},
		{ name: 'Help', rows: best(help(context), words, FEW) },
	]);
}

function filled(groups: Group[]): Group[] {
	return groups.filter(({ rows }) => rows.length > 0);
}

/** Entries that have every word: those whose words begin with them first, those known by another name last. */
function best<T extends Entry & { also?: string }>(
	entries: readonly T[],
	words: readonly string[],
	limit: number,
): T[] {
	// Two letters are the beginning of too many other names.
	const byOther = words.join('').length > 2;
	const rankOf = ({ label, also = '' }: T): number =>
		2 * rank(label, words) || (byOther && rank(`${label} ${also}`, words) === 2 ? 1 : 0);
	return entries
		.map((entry) => ({ entry, rank: rankOf(entry) }))
		.filter((one) => one.rank > 0)
		.sort((a, b) => b.rank - a.rank)
		.slice(0, limit)
		.map(({ entry }) => entry);
}

function peopleFor(words: readonly string[], context: DashboardContext, limit: number): Entry[] {
	const { people } = context.dashboard;
	void people.shown;
	return people.matching(words.join(' '), limit).map((person) => personEntry(person, context));
}

function topicsFor(words: readonly string[], context: DashboardContext, limit: number): Entry[] {
	const topics = context.dashboard.room.state?.topics ?? [];
	const entries = topics
		.filter(({ archived }) => !archived)
		.map(({ topic }) => ({ ...topicEntry(topic, context), also: topic }));
	return best(entries, words, limit);
}

function pages({ view }: DashboardContext): (Entry & { also: string })[] {
	return PAGES.map(({ label, icon, page, section, also = '' }) => ({
		id: `page-${page}-${section ?? ''}`,
		sign: icon,
		label,
		also,
		end: section && page === 'settings' ? 'Settings' : '',
		go: () => void view.turn(page, section),
	}));
}

function help({ view }: DashboardContext): (Entry & { also: string })[] {
	return HELP.flatMap(({ topics }) => topics).map((topic) => ({
		id: `page-${topic.id}`,
		sign: 'help',
		label: topic.title,
		also: helpText(topic),
		go: () => {
			view.help = topic.id;
			void view.turn('settings', topic.id);
		},
	}));
}
