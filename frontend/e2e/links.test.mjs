import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useStage } from './stage.mjs';

// Links that others wrote.
const stage = useStage('-client-rate', '0');

// What is written, what is shown of it, and where it leads; no link where nothing is shown.
const LINKS = [
	['\u202Ehttp://evil.example/moc.knab.nigol//:sptth', 'http://evil.example/moc.knab.nigol//:sptth'],
	['http://bank.com\u200B.evil.example/a', 'http://bank.com'],
	['https://bank.com@evil.example/b'],
	['https://gооgle.com/c', 'https://xn--ggle-55da.com/c'],
	['http://2130706433/d', 'http://127.0.0.1/d'],
	['http://evil.example\\@bank.com/e', 'http://evil.example'],
	['שלום http://evil.example/אבג/moc', 'http://evil.example/אבג/moc'],
	['http://münchen.example/f', 'http://xn--mnchen-3ya.example/f'],
];

/** The links of a page, and whether the letters of each stand from left to right, as far as they are ASCII. */
const links = (page) =>
	page.locator('#messages a').evaluateAll((all) =>
		all.map((link) => {
			const texts = document.createTreeWalker(link, NodeFilter.SHOW_TEXT);
			let text = texts.nextNode();
			while (text.length === 0) text = texts.nextNode();
			const lefts = [...link.textContent].flatMap((letter, i) => {
				const range = document.createRange();
				range.setStart(text, i);
				range.setEnd(text, i + 1);
				return /[a-z/:]/.test(letter) ? [range.getBoundingClientRect().left] : [];
			});
			const host = lefts.slice(0, 15);
			return {
				shown: link.textContent,
				href: link.href,
				straight: host.every((left, i) => i === 0 || left > host[i - 1]),
			};
		}),
	);

test('a link is read from the left, with the host that it leads to, on both pages', async () => {
	const dashboard = await stage.dashboard();
	const phone = await stage.phone('Ana Lima');
	const troll = await stage.wire({ name: 'Troll', user_id: 'troll' });
	for (const [text] of LINKS) await troll.post(text);
	await troll.post('The last of them.');
	for (const { page } of [dashboard, phone]) {
		await page.locator('#messages').getByText('The last of them.').waitFor();
		const found = await links(page);
		assert.deepEqual(
			found.map(({ shown }) => shown),
			LINKS.flatMap(([, shown]) => shown ?? []),
		);
		for (const { shown, href, straight } of found) {
			assert.equal(new URL(shown).href, href, shown);
			assert.ok(straight, `${shown} is turned round`);
		}
	}
});

test('a message that turns the direction leaves its neighbours as they are', async () => {
	const dashboard = await stage.dashboard();
	const phone = await stage.phone('Ana Lima');
	const troll = await stage.wire({ name: 'אבג', user_id: 'turner' });
	await troll.post('\u202E\u2067turned round: abc');
	await troll.post('then an honest one');
	for (const { page } of [dashboard, phone]) {
		const honest = page.locator('#messages p').filter({ hasText: 'then an honest one' }).last();
		await honest.waitFor();
		// Its first word is left of its last.
		const [first, last] = await honest.evaluate((line) => {
			const text = document.createTreeWalker(line, NodeFilter.SHOW_TEXT).nextNode();
			return [0, text.data.length - 1].map((at) => {
				const range = document.createRange();
				range.setStart(text, at);
				range.setEnd(text, at + 1);
				return range.getBoundingClientRect().left;
			});
		});
		assert.ok(first < last);
		const turned = page.locator('#messages p').filter({ hasText: 'turned round' }).last();
		assert.match(await turned.evaluate((line) => getComputedStyle(line).unicodeBidi), /isolate|plaintext/);
	}
});
