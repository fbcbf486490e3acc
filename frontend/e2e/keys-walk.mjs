// Walks through everything that can have the focus in a part of a page, and presses keys there.
import assert from 'node:assert/strict';

/** What is pressed: the shortcuts of both pages are among them. */
export const KEYS = [
	...'abcdefghijklmnopqrstuvwxyz0123456789/?'.split(''),
	...[1, 2, 3, 4].map((digit) => `Alt+Digit${digit}`),
	...['ArrowDown', 'Control+z', 'Shift+Enter', 'Control+Enter', 'Meta+Enter', 'Space', 'Enter', 'Escape'],
];

/** What can have the focus within an element, in the order of Tab, each by its role and name. */
function stops(page, root) {
	return page.locator(root).evaluate((within) => {
		for (const one of within.querySelectorAll('[data-stop]')) delete one.dataset.stop;
		return [...within.querySelectorAll('a[href], button, input, select, textarea, [tabindex]')]
			.filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }))
			.map((one, at) => {
				one.dataset.stop = String(at);
				const name = one.getAttribute('aria-label') || one.labels?.[0]?.innerText || one.innerText || one.id;
				return `${one.localName} ${one.type ?? ''} “${name.trim().replace(/\s+/g, ' ')}”`;
			});
	});
}

/** Whether the page is as it was found, with a stop in focus. */
async function isAt(page, root, found, at) {
	if (JSON.stringify(await stops(page, root)) !== JSON.stringify(found)) return false;
	return page.evaluate(
		(stop) => document.activeElement?.dataset.stop === stop && !document.querySelector('dialog[open]'),
		String(at),
	);
}

/**
 * Presses each key on each stop within root and fails where a message is sent, unless sends(stop, key) says that this is
 * what sends. arrange() brings the page into the state to be walked, from whatever a key has made of it; sentinel(text)
 * sends a message in the way that is meant, and is the only one that may be in the log afterwards: what the page sent
 * before it on the same connection would be there too.
 */
export async function nothingSends({ page, server, root, keys = KEYS, arrange, sends, sentinel }) {
	await arrange();
	const before = (await server.verb('state')).seq;
	const found = await stops(page, root);
	assert.ok(found.length > 1, `nothing to walk in ${root}`);
	for (const [at, stop] of found.entries()) {
		for (const key of keys) {
			if (sends(stop, key)) continue;
			if (!(await isAt(page, root, found, at))) {
				await arrange();
				assert.deepEqual(await stops(page, root), found, 'the state is arranged as it was');
				await page.locator(`${root} [data-stop="${at}"]`).focus();
			}
			await page.keyboard.press(key);
		}
		assert.equal((await server.verb('state')).seq, before, `a key on ${stop} sends`);
	}
	await arrange();
	const text = `sentinel ${before}`;
	await sentinel(text);
	const log = await server.verb('history', { after: before });
	assert.deepEqual(
		log.messages.map(({ message }) => message),
		[text],
		'a key sent something',
	);
	return found;
}
