import { expect, test } from 'vitest';
import { pieces, rank, wordsOf } from './marked';

const shown = (label: string, typed: string) =>
	pieces(label, wordsOf(typed))
		.map(({ text, marked }) => (marked ? `[${text}]` : text))
		.join('');

test('what was typed is marked, at the beginning of a word before anywhere else', () => {
	expect(shown('Emil Lindqvist', 'li')).toBe('Emil [Li]ndqvist');
	expect(shown('Dulia', 'li')).toBe('Du[li]a');
	expect(shown('Line 2', '2 li')).toBe('[Li]ne [2]');
	expect(shown('Line 2', '')).toBe('Line 2');
});

test('accents are no hindrance, and stay with their letters', () => {
	expect(shown('Jose\u0301 Ñandú', 'jose nan')).toBe('[Jose\u0301] [Ñan]dú');
	expect(shown('Ana 👩‍🚒', 'ana')).toBe('[Ana] 👩‍🚒');
});

test('a match at the beginning of words is the better one', () => {
	expect([rank('Ana Lima', ['li']), rank('Dulia', ['li']), rank('Bea', ['li'])]).toEqual([2, 1, 0]);
	expect(rank('Ana Lima', ['li', 'an'])).toBe(2);
});
