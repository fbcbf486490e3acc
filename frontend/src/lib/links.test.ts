import { describe, expect, it } from 'vitest';
import { readAddress, splitLinks } from './links';

const links = (text: string) => splitLinks(text).filter((part) => part.href);

describe('splitLinks', () => {
	it('leaves plain text in one part', () => expect(splitLinks('Rosa is here')).toEqual([{ text: 'Rosa is here' }]));

	it('has no part for no text', () => expect(splitLinks('')).toEqual([]));

	it('finds links between words', () =>
		expect(splitLinks('see http://a.b/c and https://d.e.')).toEqual([
			{ text: 'see ' },
			{ text: 'http://a.b/c', href: 'http://a.b/c', shown: 'http://a.b/c' },
			{ text: ' and ' },
			{ text: 'https://d.e', href: 'https://d.e/', shown: 'https://d.e' },
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

	// What is shown is where it leads.
	it.each([
		['HTTP://Example.org/A', 'http://example.org/A', 'http://example.org/A'],
		['http://example.org:80/', 'http://example.org/', 'http://example.org/'],
		['https://example.org:8443/x', 'https://example.org:8443/x', 'https://example.org:8443/x'],
		['http://münchen.example/ä', 'http://xn--mnchen-3ya.example/ä', 'http://xn--mnchen-3ya.example/%C3%A4'],
		['http://пример.рф:81/', 'http://xn--e1afmkfd.xn--p1ai:81/', 'http://xn--e1afmkfd.xn--p1ai:81/'],
		['https://аррӏе.com/', 'https://xn--80ak6aa92e.com/', 'https://xn--80ak6aa92e.com/'],
		['https://gооgle.com/a', 'https://xn--ggle-55da.com/a', 'https://xn--ggle-55da.com/a'],
		['https://ɡoogle.com', 'https://xn--oogle-qmc.com', 'https://xn--oogle-qmc.com/'],
		['https://ıkea.com', 'https://xn--kea-iua.com', 'https://xn--kea-iua.com/'],
		['https://bank.com∕login.evil.example/', 'https://bank.xn--comlogin-0f7d.evil.example/', ''],
		['https://bank.comノlogin.evil.example/', 'https://bank.xn--comlogin-634g.evil.example/', ''],
		['http://ｅｖｉｌ.example/', 'http://evil.example/', 'http://evil.example/'],
		['http://%65vil.example/x', 'http://evil.example/x', 'http://evil.example/x'],
		['http://2130706433/x', 'http://127.0.0.1/x', 'http://127.0.0.1/x'],
		['http://0x7f.1/', 'http://127.0.0.1/', 'http://127.0.0.1/'],
		['http:///evil.example/', 'http://evil.example/', 'http://evil.example/'],
		['http://אתר.example/', 'http://xn--4db2cf.example/', 'http://xn--4db2cf.example/'],
		['http://evil.example/\u05d0/moc', 'http://evil.example/\u05d0/moc', 'http://evil.example/%D7%90/moc'],
		['http://[0:0::1]:8000/', 'http://[::1]:8000/', 'http://[::1]:8000/'],
	])('shows %s as %s', (text, shown, href) => {
		expect(links(text)).toEqual([{ text, shown, href: href || shown }]);
	});

	it.each([
		'https://bank.com@evil.example/',
		'https://bank.com:443@evil.example/',
		'https://@evil.example/',
		'https://bank.com%2f@evil.example/',
		'http://a@b@c/',
	])('makes no link of %s, which names somebody before the host', (text) => expect(links(text)).toEqual([]));

	it('ends a link before a backslash', () =>
		expect(links('http://evil.example\\@bank.com/')).toEqual([
			{ text: 'http://evil.example', href: 'http://evil.example/', shown: 'http://evil.example' },
		]));

	// Bidi controls, blanks without a width, fillers, tags and joiners.
	it.each([
		0x202e, 0x2066, 0x200f, 0x061c, 0x200b, 0x200d, 0x00ad, 0x2060, 0xfeff, 0x3164, 0x2800, 0xe0041, 0x180e, 0x7f,
	])('ends a link before code point %o, wherever it stands', (code) => {
		const sign = String.fromCodePoint(code);
		expect(links(`${sign}http://evil.example/moc.knab//:sptth`)[0]?.shown).toBe('http://evil.example/moc.knab//:sptth');
		expect(links(`http://bank.com${sign}.evil.example/`)[0]?.href).toBe('http://bank.com/');
		expect(links(`http://a.b/c${sign}d`)[0]?.text).toBe('http://a.b/c');
		expect(links(`http://${sign}evil.example/`)).toEqual([]);
		expect(links(`ht${sign}tp://evil.example/`)).toEqual([]);
	});

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
			'\u200b',
			'\\',
			'а',
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
			for (const { href, shown } of parts) {
				if (href === undefined) continue;
				expect(href).toMatch(/^https?:\/\//);
				// Read again, what is shown leads to the same place.
				expect(new URL(shown!).href).toBe(href);
				expect(shown).not.toMatch(/[\p{Cf}\p{Cc}\s]/u);
			}
		}
	});
});

describe('an address by itself', () => {
	it.each([
		['https://grafana.example.org/d/4?x=1.', 'grafana.example.org'],
		['HTTP://192.168.1.60:3000/a b', '192.168.1.60:3000'],
		['https://bаnk.example/', 'xn--bnk-6cd.example'],
		['https://evil.example\\bank.example/', 'evil.example'],
	])('%s opens, and shows the host that browsers go to', (address, host) => {
		expect(readAddress(address)?.host).toBe(host);
		expect(readAddress(address)?.href).toMatch(/^https?:\/\//);
	});

	it.each([
		'',
		'grafana.example.org',
		'javascript:alert(1)//https://a.example',
		' javascript:alert(1)',
		'data:text/html,https://a.example',
		'file:///etc/passwd',
		'intent://a.example#Intent;end',
		'https://bank.example@evil.example/',
		'https://',
		'https://[bad',
	])('%s is none', (address) => expect(readAddress(address)).toBeUndefined());
});
