import { describe, expect, it } from 'vitest';
import { splitLinks } from './links';

const links = (text: string) => splitLinks(text).filter((part) => part.href);

describe('splitLinks', () => {
	it('leaves plain text in one part', () => expect(splitLinks('Rosa is here')).toEqual([{ text: 'Rosa is here' }]));

	it('has no part for no text', () => expect(splitLinks('')).toEqual([]));

	it('finds links between words', () =>
		expect(splitLinks('see http://a.b/c and https://d.e.')).toEqual([
			{ text: 'see ' },
			{ text: 'http://a.b/c', href: 'http://a.b/c' },
			{ text: ' and ' },
			{ text: 'https://d.e', href: 'https://d.e/' },
			{ text: '.' },
		]));

	it.each([
		['(http://a.b/c)', 'http://a.b/c'],
		['http://a.b/c_(d)', 'http://a.b/c_(d)'],
		['http://a.b/c?d=1&e=2!', 'http://a.b/c?d=1&e=2'],
		['HTTP://A.B', 'HTTP://A.B'],
		['http://192.168.1.24:8000', 'http://192.168.1.24:8000'],
	])('takes of %s: %s', (text, shown) => expect(links(text)[0]?.text).toBe(shown));

	it.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://a.b', 'http://', 'file:///etc/passwd'])(
		'makes no link of %s',
		(text) => expect(links(text)).toEqual([]),
	);

	it('gives the text back letter for letter', () => {
		const text = 'a (http://x.y/z) b\nhttps://q.r... http://[bad c';
		expect(
			splitLinks(text)
				.map((part) => part.text)
				.join(''),
		).toBe(text);
	});

	it('stays quick on what is long and hostile', () => {
		const begun = performance.now();
		splitLinks('http://'.repeat(9_000));
		splitLinks(`http://${'a.'.repeat(30_000)}`);
		splitLinks(`http://x${')'.repeat(60_000)}`);
		expect(performance.now() - begun).toBeLessThan(500);
	});

	it('gives back any text letter for letter, and links http and https alone', () => {
		const bits = [
			'http://',
			'HTTPS://a.b',
			'javascript:',
			'(',
			')',
			'.',
			'…',
			'”',
			' ',
			'\n',
			'x',
			'@',
			'//',
			'\u202e',
			'🦉',
			'%',
			'[',
			'<b>',
			'"',
			'\ud800',
		];
		for (let seed = 1; seed <= 300; seed++) {
			let random = seed;
			const next = () => (random = (random * 48_271) % 2_147_483_647);
			const text = Array.from({ length: next() % 30 }, () => bits[next() % bits.length]).join('');
			const parts = splitLinks(text);
			expect(parts.map((part) => part.text).join('')).toBe(text);
			expect(parts.every(({ href }) => href === undefined || /^https?:\/\//.test(href))).toBe(true);
		}
	});
});
