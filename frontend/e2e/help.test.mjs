import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, tooWide } from './checks.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

test('the help is searched by words of titles and answers, what is found stands open, and Esc clears', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Help');
	const help = page.getByRole('region', { name: 'Help', exact: true });
	const field = help.getByRole('searchbox', { name: 'Find in the help' });
	const folds = help.locator('details');
	const status = help.getByRole('status');
	const all = await folds.count();
	assert.ok(all > 5);
	assert.equal(await help.locator('details[open]').count(), 0);

	await field.focus();
	await page.keyboard.type('FIREWALL phone');
	await status.getByText('1 question found', { exact: true }).waitFor();
	assert.equal(await folds.count(), 1);
	await folds.getByText('If a firewall asks, allow Belfry on private networks.').waitFor();
	assert.deepEqual([...(await accessible(page, 'found')), ...(await tooWide(page, 'found'))], []);

	await field.fill('zebra');
	await status.getByText(/^Nothing found/).waitFor();
	assert.equal(await folds.count(), 0);
	assert.deepEqual(await accessible(page, 'nothing found'), []);
	await field.press('Escape');
	await eventually(async () => assert.equal(await folds.count(), all));
	assert.equal(await field.inputValue(), '');
	assert.equal((await status.innerText()).trim(), '');
	assert.equal(await help.locator('details[open]').count(), 0);
});

test('Ctrl+K finds a question of the help and opens it, even while another was searched for', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Help');
	await page.getByRole('searchbox', { name: 'Find in the help' }).fill('cards');
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Person, topic, page or action' }).fill('no sound');
	await page.getByRole('option', { name: /A phone makes no sound/ }).click();
	await page.locator('summary:focus', { hasText: 'A phone makes no sound' }).waitFor();
	await page.getByText('Sound works only while the page is open.').waitFor();
});
