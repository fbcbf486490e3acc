import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';
import { openWindow } from './window.mjs';

const stage = useStage();

test('the menu Edit does in the window what its keys do', async () => {
	const { dashboard, clipboard, command } = await openWindow(stage);
	const { text } = dashboard;
	const holds = (words) => eventually(async () => assert.equal(await text.inputValue(), words));
	await text.fill('Lunch in two groups');
	await command('select_all');
	await command('copy');
	await eventually(() => assert.equal(clipboard.text, 'Lunch in two groups'));
	await command('cut');
	await holds('');
	await command('undo');
	await holds('Lunch in two groups');
	await command('redo');
	await holds('');
	clipboard.text = 'Line 1 at 11:30,\nline 2 at 12:15.';
	await command('paste');
	await holds('Line 1 at 11:30,\nline 2 at 12:15.');
});

test('what the clipboard does not take is not cut, and what is copied stays selected', async () => {
	const { dashboard, page, clipboard, command } = await openWindow(stage);
	await dashboard.text.fill('Lunch in two groups');
	await command('select_all');
	await command('copy');
	await eventually(() => assert.equal(clipboard.text, 'Lunch in two groups'));
	clipboard.refuses = true;
	clipboard.text = '';
	await command('cut');
	await command('copy');
	const selected = () =>
		page.evaluate(() => document.activeElement.selectionEnd - document.activeElement.selectionStart);
	await eventually(async () => assert.equal(await dashboard.text.inputValue(), 'Lunch in two groups'));
	await eventually(async () => assert.equal(await selected(), 'Lunch in two groups'.length));
	assert.equal(clipboard.text, '');
});

test('a list of names that is pasted from the menu is looked at first, as one pasted by key', async () => {
	await stage.server.verb('set_access', { access: 'list' });
	const { dashboard, page, clipboard, command } = await openWindow(stage);
	await dashboard.settings('Access');
	const name = page.getByLabel('Name to add');
	await name.focus();
	clipboard.text = 'Ana Lima\nBruno Costa';
	await command('paste');
	await page.getByRole('heading', { name: 'Are these names right?' }).waitFor();
	await page.getByRole('button', { name: 'Add 2 people' }).waitFor();
});

test('text is made larger by menu, key and setting, and stays so', async () => {
	const { dashboard, page, command } = await openWindow(stage);
	const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
	const usual = await size();
	await command('larger');
	assert.equal(await size(), usual * 1.1);
	await page.keyboard.press('Control+Equal');
	assert.equal(await size(), usual * 1.25);
	await page.keyboard.press('Control+Minus');
	assert.equal(await size(), usual * 1.1);
	await command('normal_size');
	assert.equal(await size(), usual);
	await dashboard.settings('Look and sound');
	await page.getByLabel('Text size').selectOption('150');
	assert.equal(await size(), usual * 1.5);
	await page.reload();
	await dashboard.live();
	assert.equal(await size(), usual * 1.5);
	await page.keyboard.press('Control+0');
	assert.equal(await size(), usual);
});

test('the menu leads to the pages, to help, and to what runs here', async () => {
	await stage.wire({ name: 'Ana Lima', user_id: 'ana' });
	await stage.server.verb('broadcast', { message: 'Good morning.' });
	const { page, command } = await openWindow(stage);
	for (const [word, where] of [
		['help', 'set-help'],
		['about', 'set-about'],
		['settings', 'set-room'],
		['search', 'search-log'],
		['find', 'search-log'],
		['feed', 'messages'],
		['find', 'filter-feed'],
		['people', 'find-person'],
	]) {
		await command(word);
		await page
			.waitForFunction((id) => document.activeElement.closest(`#${id}`) !== null, where)
			.catch((cause) => {
				throw new Error(`${word} does not lead to ${where}`, { cause });
			});
	}
	await command('about');
	await page.getByText(/^Belfry \d+\.\d+\.\d+$/).waitFor();
	const { build } = await stage.server.verb('state');
	if (build) await page.getByText(build, { exact: true }).waitFor();
	await page.getByText('Licences of others').click();
	await page.getByLabel('Licences of others').getByText('github.com/gorilla/websocket').waitFor();
	await page.getByText('A phone cannot open the page').click();
	await page.getByText('Turn off mobile data and VPN.').waitFor();
	await command('keys');
	await page.getByRole('dialog').getByText('Full screen').waitFor();
});
