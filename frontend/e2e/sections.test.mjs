import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, LAPTOP, useStage } from './stage.mjs';

const stage = useStage();

const marked = (page) => page.locator('nav [aria-current="true"]').allTextContents();

test('the section that was pressed is the one that is marked, until the operator scrolls', async () => {
	const { page } = await stage.dashboard({ size: { ...LAPTOP, height: 1400 } });
	await page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: 'Settings' }).click();
	const nav = page.getByRole('navigation', { name: 'Settings' });
	for (const name of ['History', 'Limits', 'Look and sound', 'Network', 'Room', 'History']) {
		await nav.getByRole('button', { name }).click();
		await page.locator('h2:focus', { hasText: name }).waitFor();
		// Two frames: a scroll that the press caused has been told by then.
		await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
		assert.deepEqual(await marked(page), [name]);
	}
	await page.getByRole('heading', { name: 'History' }).hover();
	await page.mouse.wheel(0, -5_000);
	await eventually(async () => assert.deepEqual(await marked(page), ['Room']));
	await page.getByLabel('Keep messages for').focus();
	await eventually(async () => assert.deepEqual(await marked(page), ['History']));
});

test('five limits are in front, the others are folded away; no limit is said in words', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Limits');
	const devices = page.getByLabel('Devices at once');
	await eventually(async () => assert.equal(await devices.inputValue(), 'No limit'));
	const fields = page.locator('section[aria-labelledby=set-limits] input');
	await page.getByLabel('Count people as away for').waitFor();
	assert.equal((await Promise.all((await fields.all()).map((one) => one.isVisible()))).filter(Boolean).length, 5);
	await page.getByText('Advanced').click();
	await page.getByLabel('Sign-in timeout').fill('20');
	await dashboard.saves(() => page.getByLabel('Sign-in timeout').press('Enter'));
	await page.getByText('1 changed').waitFor();
	await devices.fill('500');
	await dashboard.saves(() => devices.press('Enter'));
	await page.getByText('Default: No limit.').waitFor();
	await devices.fill('');
	await dashboard.saves(() => devices.press('Enter'));
	assert.equal(await devices.inputValue(), 'No limit');
	assert.equal((await stage.server.verb('settings')).values.max_connections, 0);
	await page.getByText('Devices at once: 500 to No limit').waitFor();
});
