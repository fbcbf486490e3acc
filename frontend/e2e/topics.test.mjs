import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useStage } from './stage.mjs';

const stage = useStage();

const topics = async () => (await stage.server.verb('state')).topics;

test('a new topic needs a name alone, whatever its letters, and never the name of another', async () => {
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	await dashboard.createTopic('Küche & Bar');
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
