import { expect, test } from 'vitest';
import { findHelp, HELP } from './help';
import { wordsOf } from './marked';

const titles = (typed: string) => findHelp(wordsOf(typed)).flatMap(({ topics }) => topics.map(({ title }) => title));

test('a question is found by words of its title, of its answer, and of both', () => {
	expect(titles('urgent')).toEqual(['Send an urgent message']);
	expect(titles('FIREWALL')).toEqual(['A phone cannot open the page']);
	expect(titles('vpn phone')).toEqual(['A phone cannot open the page']);
	expect(titles('phone')).toEqual([
		'A phone cannot open the page',
		'Someone did not get a message',
		'A phone makes no sound',
	]);
});

test('a group without a found question goes, and nothing is found by words that are nowhere together', () => {
	expect(findHelp(wordsOf('cards')).map(({ name }) => name)).toEqual(['How to']);
	expect(findHelp(wordsOf('cards firewall'))).toEqual([]);
});

test('no words find everything, and every question has an id of its own', () => {
	expect(findHelp([])).toEqual(HELP);
	const ids = HELP.flatMap(({ topics }) => topics.map(({ id }) => id));
	expect(new Set(ids).size).toBe(ids.length);
});
