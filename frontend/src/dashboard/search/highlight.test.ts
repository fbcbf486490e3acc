import { expect, test } from 'vitest';
import { excerpt, mark, wordsOf } from './highlight';

test('words that were searched for are marked where words begin with them, together where they stand together', () => {
	const marked = (text: string, wanted: string) =>
		mark(text, wordsOf(wanted))
			.map(({ text, marked }) => (marked ? `[${text}]` : text))
			.join('');
	expect(marked('Press 4 is down, express lane', 'press 4')).toBe('[Press 4] is down, express lane');
	expect(marked('Küche: die KÜCHE', 'kuche')).toBe('[Küche]: die [KÜCHE]');
	expect(marked('nothing', '')).toBe('nothing');
});

test('a long message is cut to where it was found', () => {
	const text = `${'x '.repeat(1000)}needle ${'y '.repeat(1000)}`;
	const cut = excerpt(text, ['needle']);
	expect(cut.length).toBeLessThan(500);
	expect(cut).toContain('needle');
	expect([cut[0], cut.at(-1)]).toEqual(['…', '…']);
	expect(excerpt('short', ['needle'])).toBe('short');
});
