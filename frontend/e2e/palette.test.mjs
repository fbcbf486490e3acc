import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, focused, tooWide } from './checks.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const KEYS = 'Control+k';
const at = (page, wanted) => eventually(async () => assert.match(await focused(page), wanted));
const written = async () => (await stage.server.verb('history', { limit: 200 })).messages.map(({ message }) => message);

/** The palette, opened by its keys. */
async function open(page) {
	await page.keyboard.press(KEYS);
	const field = page.getByRole('combobox', { name: 'Person, topic, page or action' });
	await field.waitFor();
	return {
		field,
		options: page.getByRole('listbox').getByRole('option'),
		marked: page.locator('[role=option][aria-selected=true]'),
	};
}

test('the palette finds a person while a message is being written, and nothing is sent', async () => {
	await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
	await stage.wire({ name: 'Dulia Sørensen', user_id: 'e2e-dulia' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.person('Ana Lima').waitFor();
	await dashboard.text.fill('Half a sentence');
	await page.keyboard.press('Home');

	const { field, marked } = await open(page);
	await field.fill('li');
	assert.match(await marked.innerText(), /Ana Lima/);
	await page.keyboard.press('ArrowDown');
	await eventually(async () => assert.match(await marked.innerText(), /Dulia Sørensen/));
	assert.equal(await field.getAttribute('aria-activedescendant'), await marked.getAttribute('id'));
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('Enter');
	await at(page, /^p-e2e-ana$/);
	assert.equal(await page.locator('#p-e2e-ana').getAttribute('aria-expanded'), 'true');

	await open(page);
	await page.keyboard.press('Escape');
	await field.waitFor({ state: 'detached' });
	await at(page, /^p-e2e-ana$/);
	assert.equal(await dashboard.text.inputValue(), 'Half a sentence');
	assert.deepEqual(await written(), []);
});

test('Ctrl+Enter in the palette begins a message to a person and sends nothing', async () => {
	await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.person('Ana Lima').waitFor();
	await dashboard.text.fill('Half a sentence');
	const { field } = await open(page);
	await field.fill('@ana');
	await page.getByText('Write to Ana Lima').waitFor();
	await page.keyboard.press('Control+Enter');
	await at(page, /^message$/);
	await dashboard.picker.getByText('Ana Lima').waitFor();
	assert.equal(await dashboard.text.inputValue(), 'Half a sentence');
	assert.deepEqual(await written(), []);
});

test('an action of the palette that removes somebody opens its question alone', async () => {
	const ana = await stage.phone('Ana Lima');
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.person('Ana Lima').waitFor();
	const { field, options } = await open(page);
	await field.fill('remove ana');
	await options.filter({ hasText: 'Remove Ana Lima' }).waitFor();
	await page.keyboard.press('Enter');
	await dashboard.dialog.getByLabel('What they will read').waitFor();
	await page.keyboard.press('Escape');
	await dashboard.dialog.waitFor({ state: 'detached' });
	await ana.live();
});

test('the palette begins with who waits, and leads to topics, pages and the search', async () => {
	const ana = await stage.phone('Ana Lima');
	await stage.server.verb('create_topic', { topic: 'line-2', title: 'Line 2', kind: 'open' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await ana.write('I need help at bay 3');
	await dashboard.row('I need help at bay 3').waitFor();
	await dashboard.turn('Announcements');

	let palette = await open(page);
	await palette.marked.filter({ hasText: 'Answer Ana Lima' }).filter({ hasText: 'I need help at bay 3' }).waitFor();
	await page.keyboard.press('Enter');
	await at(page, /^answer$/);
	await page.getByRole('log', { name: 'Conversation with Ana Lima' }).getByText('I need help at bay 3').waitFor();

	palette = await open(page);
	await palette.field.fill('#line');
	await page.keyboard.press('Enter');
	await at(page, /^topic-line-2$/);
	await page.locator('#topic-line-2[aria-expanded=true]').waitFor();

	palette = await open(page);
	await palette.field.fill('limits');
	await page.keyboard.press('Enter');
	await at(page, /^set-limits$/);

	palette = await open(page);
	await palette.field.fill('compresor');
	await page.getByText('No match for “compresor”').waitFor();
	await page.keyboard.press('Enter');
	await at(page, /^search-log$/);
	assert.equal(await page.locator('#search-log').inputValue(), 'compresor');
});

test('the palette fits narrow windows and breaks no rule of axe', async () => {
	await stage.wire({ name: 'Ana Lima with a very long name, of the second line', user_id: 'e2e-ana' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.person('Ana Lima').waitFor();
	const { field } = await open(page);
	const found = [];
	for (const typed of ['', 'l', 'no such thing at all, nowhere']) {
		await field.fill(typed);
		found.push(...(await accessible(page, `palette with “${typed}”`)));
		for (const width of [320, 768, 1280]) {
			await page.setViewportSize({ width, height: 800 });
			found.push(...(await tooWide(page, `palette with “${typed}” at ${width}`)));
		}
	}
	assert.deepEqual(found, []);
});
