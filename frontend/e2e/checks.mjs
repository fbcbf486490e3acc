import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** No colour is on its way from one to another any more. */
function settled(page) {
	return page.evaluate(async () => {
		await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
		await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)));
	});
}

/** A page that stalls draws nothing: two frames come soon. */
export async function quick(page, where) {
	const took = await page.evaluate(async () => {
		const start = performance.now();
		await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
		return performance.now() - start;
	});
	assert.ok(took < 2_000, `${where}: two frames took ${took} ms`);
}

/** Which rules of axe are broken, in light and in dark. */
export async function accessible(page, where) {
	const broken = [];
	await page.evaluate(axe);
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await settled(page);
		const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
		for (const { id, nodes } of violations) {
			for (const { html, failureSummary } of nodes) {
				broken.push(`${where}, ${colorScheme}: ${id}: ${html.slice(0, 200)} ${failureSummary}`);
			}
		}
	}
	return broken;
}

/** What can be scrolled sideways, and what can be pressed or read and lies beyond the edges. */
export async function tooWide(page, where) {
	await settled(page); // a window that got another size has been told so
	const found = await page.evaluate(() => {
		const wide = [];
		const root = document.documentElement;
		if (root.scrollWidth > root.clientWidth) wide.push(`the page is ${root.scrollWidth} wide`);
		for (const element of document.querySelectorAll('body *')) {
			const { overflowX, position } = getComputedStyle(element);
			const name = `${element.tagName.toLowerCase()}.${element.classList}`;
			// A field scrolls what is typed by nature.
			const scrolls = /auto|scroll/.test(overflowX) && !element.matches('input, textarea');
			if (scrolls && element.scrollWidth > element.clientWidth + 1)
				wide.push(`${name} scrolls sideways: ${element.scrollWidth} in ${element.clientWidth}`);
			if (!element.matches('button, input, textarea, select, a, h1, h2, .text, .figure')) continue;
			const box = element.getBoundingClientRect();
			const hidden =
				box.width <= 1 || position === 'absolute' || !element.checkVisibility({ visibilityProperty: true });
			if (!hidden && (box.right > root.clientWidth + 1 || box.left < -1)) wide.push(`${name} ends at ${box.right}`);
		}
		return wide;
	});
	return found.map((what) => `${where}: ${what}`);
}

/** Where the keyboard is: an id, or the words of what has the focus. */
export function focused(page) {
	return page.evaluate(() => {
		const at = document.activeElement;
		return at.id || at.getAttribute('aria-label') || at.textContent.trim().replace(/\s+/g, ' ');
	});
}

/** Presses Tab until the focus is on what is wanted: everything must be reachable, and soon. */
export async function tabTo(page, wanted, most = 30) {
	const passed = [];
	for (let i = 0; i < most; i++) {
		await page.keyboard.press('Tab');
		const at = await focused(page);
		if (wanted.test(at)) return;
		passed.push(at);
	}
	assert.fail(`Tab does not reach ${wanted}: ${passed.join(', ')}`);
}
