import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, settled, tooWide } from './checks.mjs';
import { eventually, LAPTOP, useStage } from './stage.mjs';

const stage = useStage();

const LARGE = { width: 1920, height: 1080 };

/** Asks the room to confirm messages; returns the list of those that are open. */
async function ask(dashboard, messages) {
	for (const [text, title] of messages) {
		await dashboard.say(text, { title, asks: 'I know' });
		await dashboard.row(text).waitFor();
	}
	return dashboard.page.getByRole('region', { name: 'Open announcements' });
}

test('a large screen lists the open announcements under the rest, newest first, and a press opens one', async () => {
	const ana = await stage.phone('Ana Lima');
	await stage.wire({ name: 'Ben Okafor', user_id: 'e2e-ben' });
	const dashboard = await stage.dashboard({ size: LARGE });
	const { page } = dashboard;
	await dashboard.say('This one waits for nobody.');
	const list = await ask(dashboard, [['The lift is out of order.'], ['Meet at point B at two.', 'Fire drill']]);
	await ana.page
		.getByRole('button', { name: /^I know: answer to/ })
		.first()
		.click();
	const rows = list.getByRole('listitem');
	const both = [
		/Fire drill.*\d\d:\d\d.*0 of 2 confirmed.*2 not confirmed/s,
		/The lift is.*1 of 2 confirmed.*1 not confirmed/s,
	];
	await eventually(async () => {
		const found = await rows.allInnerTexts();
		assert.equal(found.length, 2);
		both.forEach((words, at) => assert.match(found[at], words));
	});
	assert.deepEqual([...(await accessible(page, 'open list')), ...(await tooWide(page, 'open list'))], []);

	await rows.getByRole('button', { name: /^The lift/ }).click();
	await page.locator('#announcement:focus').getByText('The lift is out of order.').waitFor();
	await page
		.getByRole('button', { name: 'Close announcement' })
		.or(page.getByRole('button', { name: 'Close', exact: true }))
		.click();
	await dashboard.turn('Room');
	await eventually(async () => assert.equal(await rows.count(), 1));
	assert.match(await rows.innerText(), /^Fire drill/);
});

test('only as many are listed as fit whole, a low or narrow window has none, and the rail scrolls for none', async () => {
	await stage.wire({ name: 'Ben Okafor', user_id: 'e2e-ben' });
	const dashboard = await stage.dashboard({ size: LARGE });
	const { page } = dashboard;
	const list = await ask(
		dashboard,
		Array.from({ length: 12 }, (_, at) => [`Notice number ${at + 1}`]),
	);
	const rail = page.locator('#now > .scroll');
	const scrolls = () => rail.evaluate(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight);
	await list.getByRole('button', { name: /^Notice number 12\b/ }).waitFor();
	await settled(page);
	const n = await list.getByRole('listitem').count();
	assert.ok(n >= 1 && n < 12, `${n} are listed`);
	assert.match(await list.getByRole('listitem').first().innerText(), /^Notice number 12\b/);
	assert.match(await list.getByRole('button', { name: /more$/ }).innerText(), new RegExp(`^${12 - n} more$`));
	const bottom = async (locator) => locator.evaluate((one) => one.getBoundingClientRect().bottom);
	assert.ok((await bottom(list.getByRole('listitem').last())) <= (await bottom(rail)), 'the last row is whole');
	assert.equal(await scrolls(), false);

	await page.setViewportSize({ ...LARGE, height: 2000 });
	await eventually(async () => assert.ok((await list.getByRole('listitem').count()) > n));
	await page.setViewportSize({ ...LARGE, height: 500 });
	await list.waitFor({ state: 'hidden' });
	await page.setViewportSize(LARGE);
	await list.waitFor();
	await page.setViewportSize(LAPTOP);
	await page.getByRole('heading', { name: 'Open announcements' }).waitFor({ state: 'detached' });
});
