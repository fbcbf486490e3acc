import assert from 'node:assert/strict';
import { test } from 'node:test';
import { focused, tabTo } from './checks.mjs';
import { Phone } from './phone.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const at = (page, wanted) => eventually(async () => assert.match(await focused(page), wanted));

test('the client page by keyboard alone: come in, write, choose, leave', async () => {
	const dashboard = await stage.dashboard();
	const ana = new Phone(await stage.page());
	const { page } = ana;
	const { keyboard } = page;
	await page.goto(stage.server.url);
	await ana.name.waitFor();
	await tabTo(page, /^name$/);
	await keyboard.type('Ana Lima');
	await keyboard.press('Enter');
	await ana.live();

	await tabTo(page, /^text$/);
	await keyboard.type('By keyboard');
	await keyboard.press('Control+Enter');
	await dashboard.row('By keyboard').waitFor();
	await at(page, /^text$/);

	await dashboard.say('First', { to: 'general' });
	await dashboard.say('Second');
	await ana.row('Second').waitFor();
	await keyboard.press('Shift+Tab');
	while (!/^Reply/.test(await focused(page))) await keyboard.press('Shift+Tab');
	await keyboard.press('ArrowUp');
	await keyboard.press('Enter');
	await at(page, /^text$/);
	await keyboard.type('An answer');
	await keyboard.press('Control+Enter');
	await dashboard.row('An answer').locator('.quote', { hasText: 'First' }).waitFor();

	await ana.settings.filter({ visible: true }).focus();
	await keyboard.press('Enter');
	await at(page, /^sheet-title$/);
	const sound = page.getByRole('group', { name: 'Sound' });
	await tabTo(page, /^Change name$/);
	await keyboard.press('Tab');
	await keyboard.press('ArrowRight');
	assert.ok(await sound.getByRole('radio', { name: 'All messages' }).isChecked());
	await keyboard.press('Escape');
	await at(page, /^Settings$/);
});

test('the dashboard by keyboard alone: columns, writing, people, dialogs', async () => {
	const ana = await stage.phone('Ana Lima');
	const dashboard = await stage.dashboard();
	await dashboard.person('Ana Lima').waitFor();
	const { page } = dashboard;
	const { keyboard } = page;
	await keyboard.press('Tab');
	await at(page, /^Skip to the feed$/);

	for (const pane of ['now', 'main', 'people', 'now']) {
		await keyboard.press('F6');
		await at(page, new RegExp(`^${pane}$`));
	}
	await keyboard.press('Shift+F6');
	await at(page, /^people$/);

	await keyboard.press('c');
	await at(page, /^message$/);
	await keyboard.type('By keyboard');
	await keyboard.press('Alt+Digit3');
	await keyboard.press('Control+Enter');
	await keyboard.press('Control+Enter');
	await ana.row('By keyboard').getByText('Urgent', { exact: true }).waitFor();
	await at(page, /^message$/);

	await keyboard.press('F6');
	await keyboard.press('?');
	await at(page, /^keys-title$/);
	await keyboard.press('Escape');
	await at(page, /^people$/);

	await keyboard.press('p');
	await at(page, /^find-person$/);
	await keyboard.press('ArrowDown');
	await at(page, /^p-/);
	await keyboard.press('Enter');
	await tabTo(page, /^More about/);
	await keyboard.press('Enter');
	await tabTo(page, /^Remove/);
	await keyboard.press('Enter');
	await at(page, /^Cancel$/);
	await keyboard.press('Escape');
	await at(page, /^More about/);
	await keyboard.press('Shift+Tab');
	await keyboard.press('Shift+Tab');
	await keyboard.press('Shift+Tab');
	await at(page, /^p-/);
	await keyboard.press('w');
	await at(page, /^answer$/);
	await keyboard.type('Only for you');
	await keyboard.press('Enter');
	await keyboard.press('Control+Enter');
	await ana.row('Only for you').getByText('only to you').waitFor();
	await keyboard.press('Escape');
	await at(page, /^p-/);

	await keyboard.press('F6');
	await keyboard.press('j');
	await at(page, /^projector-title$/);
	await keyboard.press('Escape');
	await keyboard.press('/');
	await at(page, /^filter-feed$/);
});

test('whom a message is for is chosen by keyboard', async () => {
	const ana = await stage.phone('Ana Lima');
	const dashboard = await stage.dashboard();
	await dashboard.person('Ana Lima').waitFor();
	const { page } = dashboard;
	await dashboard.picker.locator('.opener').focus();
	await page.keyboard.press('Enter');
	await at(page, /^Find a person or topic$/);
	await page.keyboard.press('Escape');
	await at(page, /everyone/);
	await page.keyboard.press('Enter');
	await page.keyboard.type('ana');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await at(page, /^message$/);
	await page.keyboard.type('Hello Ana');
	await page.keyboard.press('Control+Enter');
	await ana.row('Hello Ana').getByText('only to you').waitFor();
});
