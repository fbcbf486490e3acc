import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { excerpt, mark, matches, phrasesOf } from './highlight';

test('words that were searched for are marked where words begin with them, together where they stand together', () => {
	const marked = (text: string, wanted: string) =>
		mark(text, phrasesOf(wanted))
			.map(({ text, marked }) => (marked ? `[${text}]` : text))
			.join('');
	expect(marked('Press 4 is down, express lane', 'press 4')).toBe('[Press 4] is down, express lane');
	expect(marked('Küche: die KÜCHE', 'kuche')).toBe('[Küche]: die [KÜCHE]');
	expect(marked('nothing', '')).toBe('nothing');
	expect(marked('nothing', '\u200b')).toBe('nothing');
	expect(marked('On fire 🔥!!! 👍🏽', '🔥!! 👍')).toBe('On fire [🔥!!]! [👍🏽]');
	expect(marked('明天图书馆不开门', '图书馆')).toBe('明天[图书馆]不开门');
	expect(marked('An e-mail, cafe\u0301 and ﾊﾞｽ', 'email')).toBe('An [e-mail], cafe\u0301 and ﾊﾞｽ');
	expect(marked('An e-mail, cafe\u0301 and ﾊﾞｽ', 'バス café')).toBe('An e-mail, [cafe\u0301] and [ﾊﾞｽ]');
});

test('a long message is cut to where it was found', () => {
	const text = `${'x '.repeat(1000)}needle ${'y '.repeat(1000)}`;
	const cut = excerpt(text, phrasesOf('needle'));
	expect(cut.length).toBeLessThan(500);
	expect(cut).toContain('needle');
	expect([cut[0], cut.at(-1)]).toEqual(['…', '…']);
	expect(excerpt('short', phrasesOf('needle'))).toBe('short');
});

test('the page marks what the server finds, in every language', () => {
	interface Case {
		text: string;
		finds: string[];
		misses: string[];
	}
	for (const { text, finds, misses } of JSON.parse(
		readFileSync('../wsserver/testdata/search.json', 'utf8'),
	) as readonly Case[]) {
		for (const wanted of [...finds, text]) expect([wanted, matches(text, phrasesOf(wanted))]).toEqual([wanted, true]);
		for (const wanted of misses) expect([wanted, matches(text, phrasesOf(wanted))]).toEqual([wanted, false]);
	}
});
