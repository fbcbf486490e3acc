import { describe, expect, it } from 'vitest';
import { mentions, splitMentions } from './mention';

describe('mentions', () => {
	it.each(['@Ana Lima, come', 'ask @ana lima', '(@Ana Lima)', '@Ana  Lima'])('%s', (text) =>
		expect(mentions(text, 'Ana Lima')).toBe(true),
	);
	it.each(['Ana Lima', '@Ana', '@Ana Limas', 'mail@Ana Lima', '@@Ana Lima'])('not %s', (text) =>
		expect(mentions(text, 'Ana Lima')).toBe(false),
	);
	it('takes every name literally', () => {
		expect(mentions('@A.*(', 'A.*(')).toBe(true);
		expect(mentions('@Axx(', 'A.*(')).toBe(false);
		expect(mentions('@', '')).toBe(false);
		expect(mentions('@J-P/2', 'J-P/2')).toBe(true);
	});
});

it('splits words, never links, and loses no letter', () => {
	const parts = [{ text: 'a @Ana b @Ana' }, { text: 'http://x/@Ana', href: 'http://x/@Ana' }];
	const pieces = splitMentions(parts, 'Ana');
	expect(pieces.filter((piece) => piece.me)).toHaveLength(2);
	expect(pieces.map((piece) => piece.text).join('')).toBe('a @Ana b @Anahttp://x/@Ana');
	expect(pieces.at(-1)).toEqual(parts[1]);
});
