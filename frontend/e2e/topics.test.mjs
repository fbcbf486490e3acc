import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useStage } from './stage.mjs';

const stage = useStage();

const topics = async () => (await stage.server.verb('state')).topics;

test('a new topic needs a name alone, whatever its letters, and never the name of another', async () => {
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	await dashboard.createTopic('Küche & Bar');
	await page.locator('#topic-kuche-bar[aria-expanded=true]').waitFor();
	await dashboard.createTopic('厨房', 'Only you');
	assert.deepEqual((await topics()).map(({ topic, title, kind }) => [topic, title, kind]).slice(1), [
		['kuche-bar', 'Küche & Bar', 'open'],
		['topic-1', '厨房', 'announce'],
	]);

	await page.getByRole('button', { name: 'New topic' }).click();
	const name = dialog.getByLabel('Name', { exact: true });
	const id = dialog.getByLabel('ID', { exact: true });
	assert.ok(!(await id.isVisible()), 'programs’ ID is out of sight');
	await name.fill('kuche & bar');
	await name.press('Enter');
	await dialog.getByText('There is already a topic called Küche & Bar.').waitFor();
	assert.equal(await name.inputValue(), 'kuche & bar');

	await name.fill('Bar');
	await dialog.getByText('Advanced').click();
	assert.equal(await id.inputValue(), 'bar');
	await id.fill('the-bar');
	await dialog.getByRole('button', { name: 'Create topic' }).click();
	await dialog.waitFor({ state: 'detached' });
	assert.deepEqual((await topics()).at(-1).topic, 'the-bar');
});

test('a topic shows its members, here and away, and leads to it by a QR code', async () => {
	await stage.server.verb('create_topic', { topic: 'line-2', title: 'Line 2', kind: 'open' });
	const token = (name) => ({ name, user_id: `e2e-${name}`, token: `a-token-of-${name}-alone`, topics: ['line-2'] });
	await stage.wire(token('Ana'));
	const ben = await stage.wire(token('Ben'));
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	await page.locator('#tab-topics').click();
	const row = page.locator('#topic-line-2');
	await row.getByText('2 people').waitFor();
	ben.close();
	await row.getByText('Members can write · 1 away').waitFor();
	await row.getByText('2 people').waitFor();
	await row.click();
	const members = page.getByRole('list', { name: 'Members of Line 2' });
	await members.getByRole('listitem').filter({ hasText: 'Ana' }).waitFor();
	await members.getByRole('listitem').filter({ hasText: 'Ben' }).getByText('away').waitFor();

	await stage.server.verb('set_settings', { wifi_name: 'Hall-2' });
	await page.getByRole('button', { name: 'QR code to Line 2' }).click();
	await dialog.getByText('Join the Wi-Fi Hall-2.').waitFor();
	await dialog.getByText('Other devices cannot reach this address. Choose another one').waitFor();
	await dialog.getByRole('img', { name: 'QR code for Line 2' }).waitFor();
	await dialog.getByText(`${stage.server.url}#topic=line-2`).waitFor();
	await dialog.getByRole('button', { name: 'Enlarge' }).click();
	await dialog.getByRole('button', { name: /^Close/ }).click();
	await dialog.waitFor({ state: 'detached' });
});

test('topics are found by their names, and one that is archived can be reopened', async () => {
	for (const title of ['Kitchen', 'Garden'])
		await stage.server.verb('create_topic', { topic: title.toLowerCase(), title, kind: 'open' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await page.locator('#tab-topics').click();
	await page.getByLabel('Find a topic').fill('gar');
	await page.locator('#topic-garden').click();
	assert.equal(await page.locator('#topic-kitchen').count(), 0);
	await page.getByRole('button', { name: 'More about Garden' }).click();
	await page.getByRole('button', { name: /^Archive/ }).click();
	await page.locator('#topic-garden').getByText('Nobody can write here any more').waitFor();
	await page.getByRole('button', { name: 'Reopen' }).click();
	await page.locator('#topic-garden').getByText('Members can write').waitFor();
});

test('in a narrow window a name is read whole where people are added, and the buttons of a QR code stay in one row', async () => {
	for (const n of [1, 2]) {
		const title = `The early shift of line ${n}`;
		await stage.server.verb('create_topic', { topic: `line-${n}`, title, kind: 'open' });
	}
	await stage.wire({
		name: 'Milan Jovanović',
		user_id: 'milan',
		token: 'the-token-of-milan-alone',
		topics: ['line-1'],
	});
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	await page.locator('#tab-topics').click();
	await page.locator('#topic-line-2').click();
	await page.getByRole('button', { name: 'Add people' }).click();
	const name = dialog.locator('.name', { hasText: 'Milan' });
	await name.waitFor();
	await page.setViewportSize({ width: 360, height: 640 });
	assert.ok(await name.evaluate((at) => at.scrollWidth <= at.clientWidth));
	await page.keyboard.press('Escape');
	await page.setViewportSize({ width: 1280, height: 800 });
	await page.getByRole('button', { name: /^QR code to/ }).click();
	await dialog.getByRole('button', { name: 'Enlarge' }).waitFor();
	await page.setViewportSize({ width: 360, height: 640 });
	const top = async (act) => (await dialog.getByRole('button', { name: act }).boundingBox()).y;
	assert.equal(await top('Copy'), await top('Enlarge'));
});
