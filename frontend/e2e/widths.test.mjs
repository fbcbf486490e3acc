import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled, tooWide } from './checks.mjs';
import { LAPTOP, useStage } from './stage.mjs';
import { fill } from './states.mjs';

const stage = useStage();

/** Windows from the smallest phone to a wall, as the browser's zoom halves them too: 1280x800 at 200 % is 640x400. */
const WINDOWS = [
	[320, 568],
	[390, 844],
	[640, 400],
	[844, 390],
	[768, 1024],
	[1280, 800],
	[1920, 1080],
	[2560, 1440],
];

/** Which of these are not wholly in the window. */
async function outOfSight(page, where, locators) {
	await settled(page);
	const { width, height } = page.viewportSize();
	const lost = [];
	for (const [name, locator] of Object.entries(locators)) {
		const box = (await locator.isVisible()) && (await locator.boundingBox());
		const inside =
			box && box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1;
		if (!inside) lost.push(`${where}: ${name} is at ${JSON.stringify(box)}`);
	}
	return lost;
}

async function everyWindow(page, state, locators, { windows = WINDOWS, first = async () => {} } = {}) {
	const found = [];
	for (const [width, height] of windows) {
		await page.setViewportSize({ width, height });
		await first();
		const where = `${state} in ${width}x${height}`;
		found.push(...(await tooWide(page, where)), ...(await outOfSight(page, where, locators)));
	}
	return found;
}

test('the phone’s field and its main button are in sight in every window, and nothing scrolls sideways', async () => {
	const phone = await stage.phone();
	const { page } = phone;
	// What stands above the field and the button may have to be scrolled on a phone that lies on its side.
	const found = await everyWindow(page, 'door', { name: phone.name });
	const upright = WINDOWS.filter(([, height]) => height > 500);
	found.push(...(await everyWindow(page, 'door', { join: phone.enter }, { windows: upright })));
	await phone.comeIn('Marisol Quintero');
	await fill(stage);
	await phone.row('On my way.').waitFor();
	const room = { field: phone.text, send: phone.send };
	found.push(...(await everyWindow(page, 'room', room)));
	// The notice about the open page is still there, and its text is as large as a person can make it.
	await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
	found.push(...(await everyWindow(page, 'room with large text', room, { windows: upright })));
	const skip = await page.getByRole('link', { name: 'Skip to the message field' }).boundingBox();
	assert.ok(skip.y + skip.height <= 0, 'the link to skip with is out of sight without the focus');
	assert.deepEqual(found, []);
});

test('the dashboard’s field and its main button are in sight in every window, and nothing scrolls sideways', async () => {
	const dashboard = await stage.dashboard({ size: LAPTOP });
	const { page } = dashboard;
	await fill(stage);
	await dashboard.row('On my way.').waitFor();
	// Narrow, one part of the room is shown at a time.
	const feed = page.locator('#part-feed');
	const first = async () => void ((await feed.isVisible()) && (await feed.click()));
	const found = await everyWindow(page, 'room', { field: dashboard.text, send: dashboard.send }, { first });
	assert.deepEqual(found, []);
});

test('where the feed and another part stand side by side, the tabs name both', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await page.setViewportSize({ width: 900, height: 800 });
	const names = async () => (await page.locator('nav.parts [role=tab]').allInnerTexts()).map((name) => name.trim());
	assert.deepEqual(await names(), ['Feed only', 'Feed and people', 'Feed and now']);
	const marked = page.getByRole('tab', { name: 'Feed and people', selected: true });
	await marked.waitFor();
	assert.equal((await dashboard.text.isVisible()) && (await page.locator('#people').isVisible()), true);
	await page.setViewportSize({ width: 700, height: 800 });
	assert.deepEqual(await names(), ['Feed', 'People', 'Now']);
});
