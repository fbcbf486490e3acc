import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const setting = (dashboard) => ({
	strip: dashboard.page.getByRole('region', { name: 'Open announcement' }),
	number: dashboard.page.getByRole('navigation', { name: 'Pages' }).getByText('not complete:').locator('..'),
});

/** A message that asks for a press, above so many others that it is out of sight. */
async function asked(dashboard, text, more = {}) {
	const { seq } = await stage.server.verb('broadcast', { message: text, ack: 'Understood', ...more });
	await dashboard.row(text).waitFor();
	return seq;
}

async function chatter(dashboard, wire) {
	for (let i = 1; i <= 3; i++) await wire.post(`${'And so on.\n'.repeat(30)}Part ${i}`);
	await dashboard.row('Part 3').waitFor();
}

test('the strip says who is missing, can be put away, and the number stays until it is closed', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const { strip, number } = setting(dashboard);
	const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
	await stage.wire({ name: 'Ben', user_id: 'ben' });
	await dashboard.person('Ben').waitFor();
	const seq = await asked(dashboard, 'Leave bay 3 now.', { repeat: { every: 1, times: 3 } });
	await dashboard.row('Leave bay 3 now.').getByText('2 have not confirmed').waitFor();
	assert.equal(await strip.count(), 0, 'in sight it needs no strip');
	await chatter(dashboard, ana);
	await strip.getByText('0 of 2 confirmed').waitFor();
	await strip.getByText('2 have not confirmed').waitFor();
	await eventually(async () => assert.match(await number.innerText(), /1$/));

	await strip.getByRole('button', { name: 'Put this announcement away' }).click();
	await strip.waitFor({ state: 'detached' });
	assert.match(await number.innerText(), /1$/);

	await dashboard.open('Leave bay 3 now.');
	await page.getByRole('heading', { name: 'Reminders' }).waitFor();
	await page.getByRole('button', { name: 'Close announcement' }).click();
	await page.getByText(/0 of 2 confirmed · closed/).waitFor();
	await number.waitFor({ state: 'detached' });
	await page.getByRole('heading', { name: 'Reminders' }).waitFor({ state: 'detached' });
	await page.locator('button.told', { hasText: 'Closed' }).waitFor();

	// Receipts go on counting, for another dashboard too.
	ana.say({ action: 'ack', seq });
	await page.getByText(/1 of 2 confirmed · closed/).waitFor();
	const other = await stage.dashboard();
	await other.open('Leave bay 3 now.');
	await other.page.getByRole('button', { name: 'Reopen announcement' }).click();
	await page.getByRole('button', { name: 'Close announcement' }).waitFor();
	await eventually(async () => assert.match(await number.innerText(), /1$/));
});

test('an announcement is closed from its strip, and opened again in its row', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const { strip, number } = setting(dashboard);
	const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
	await dashboard.person('Ana').waitFor();
	await asked(dashboard, 'Read this.');
	const row = dashboard.row('Read this.');
	await row.getByText('1 has not confirmed').waitFor();
	await chatter(dashboard, ana);
	await strip.getByRole('button', { name: 'Close announcement' }).click();
	await strip.waitFor({ state: 'detached' });
	await number.waitFor({ state: 'detached' });
	await eventually(() => page.evaluate(() => document.activeElement.id).then((id) => assert.equal(id, 'messages')));
	await page.keyboard.press('Home');
	await page.getByLabel('Filter the feed').fill('Read this');
	await row.getByText('Closed').waitFor();
	await row.getByRole('button', { name: 'Reopen announcement' }).click();
	await row.getByText('1 has not confirmed').waitFor();
	await row.getByRole('button', { name: 'Close announcement' }).waitFor();
});
