import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Waits until no transition is running. What never ends is named: an evaluation has no timeout of its own. */
export async function settled(page) {
	const moving = await within(
		'the page draws nothing',
		page.evaluate(async (most) => {
			const frame = () => new Promise((next) => requestAnimationFrame(next));
			// Not their promises: Chromium does not keep that of a transition in a row that is scrolled out of sight meanwhile
			// (content-visibility), although it ends.
			const moving = () => document.getAnimations().filter(({ playState }) => playState !== 'finished');
			const end = performance.now() + most;
			await frame();
			do await frame();
			while (moving().length > 0 && performance.now() < end);
			return moving().map(({ effect, playState, animationName, transitionProperty }) =>
				[effect?.target?.outerHTML.slice(0, 120), animationName ?? transitionProperty, playState].join(' '),
			);
		}, MOST / 2),
	);
	assert.deepEqual(moving, [], 'what does not stop moving');
}

/** The longest that a page may take to come to rest, in milliseconds. */
const MOST = 20_000;

/** The value of a promise, or an error that says what has not happened. */
async function within(what, promise) {
	let timer;
	const late = new Promise((_, fail) => {
		timer = setTimeout(() => fail(new Error(`${what} for ${MOST} ms`)), MOST);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits for two frames: a stalled page renders none. */
export async function quick(page, where) {
	const took = await page.evaluate(async () => {
		const start = performance.now();
		await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
		return performance.now() - start;
	});
	assert.ok(took < 2_000, `${where}: two frames took ${took} ms`);
}

/** Violations that axe finds, in the light and the dark theme. */
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

/** Horizontal overflow: elements that scroll sideways, and controls or texts beyond the edges. */
export async function tooWide(page, where) {
	await settled(page); // a window that got another size has been told so
	const found = await page.evaluate(() => {
		const wide = [];
		const root = document.documentElement;
		if (root.scrollWidth > root.clientWidth) wide.push(`the page is ${root.scrollWidth} wide`);
		for (const element of document.querySelectorAll('body *')) {
			const { overflowX, position } = getComputedStyle(element);
			const name = `${element.tagName.toLowerCase()}.${element.classList}`;
			// Fields may scroll their own text.
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

const WIDTHS = [360, 390, 768, 1024, 1280, 1920];

/** Checks a state in every width, and again with text of double size. */
export async function everyWidth(page, state) {
	const found = [];
	const before = page.viewportSize();
	for (const scale of ['', '200%']) {
		await page.evaluate((size) => (document.documentElement.style.fontSize = size), scale);
		for (const width of WIDTHS) {
			await page.setViewportSize({ width, height: before.height });
			found.push(...(await tooWide(page, `${state} at ${width} ${scale}`)));
		}
	}
	await page.evaluate(() => (document.documentElement.style.fontSize = ''));
	await page.setViewportSize(before);
	return found;
}

/** The focused element: its id, or its text. */
export function focused(page) {
	return page.evaluate(() => {
		const at = document.activeElement;
		return at.id || at.getAttribute('aria-label') || at.textContent.trim().replace(/\s+/g, ' ');
	});
}

/** Presses Tab until an element has the focus; fails after too many. */
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
