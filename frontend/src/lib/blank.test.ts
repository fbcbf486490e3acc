import { expect, it } from 'vitest';
import { isBlank, trimmed } from './blank';

// The same as in wsserver/wire/text_test.go.
const BLANK = [
	'',
	' \t\r\n',
	'\u00a0\u3000\u2028\u2029\u0085',
	'\u200b\u2060\ufeff',
	'\u00ad',
	'\u2800\u2800',
	'\u3164',
	'\u115f\u1160\uffa0',
	'\ufe0f',
	'\u{e0100}',
	'\u{e0041}\u{e007f}',
	'\u034f\u061c\u180e\u17b4',
	'\u202e\u2066',
	'\u0000\u0001\u007f\u009f',
	'\u0301',
	'\u{1d159}',
	'\u{13441}',
	'\u200d\ufe0f \u3164\n',
];
const SEEN = [
	'a',
	'7',
	'.',
	'+',
	'👍',
	'👍🏽',
	'❤️',
	'…',
	'ا',
	'你',
	'ๆ',
	'\u0301a',
	'\u200bx\u200b',
	'\u{1fae9}',
	'\ue000',
	'☐',
	'\ufffd',
	'\u{323b0}',
	'½',
];

it.each(BLANK)('%j is blank', (text) => expect(isBlank(text)).toBe(true));

it.each(SEEN)('%j is not blank', (text) => expect(isBlank(text)).toBe(false));

it('trims what can be seen, and leaves nothing else', () => {
	expect(trimmed(' a b\n')).toBe('a b');
	expect(trimmed(' \u3164 ')).toBe('');
});
