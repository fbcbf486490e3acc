import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, tooWide } from './checks.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const person = (name) => ({ name, user_id: `e2e-${name}`, token: `a-token-of-${name}-alone`, topics: ['general'] });

/** A dashboard with the topic Line 2 open in its list. */
async function lineTwo() {
	await stage.server.verb('create_topic', { topic: 'line-2', title: 'Line 2', kind: 'open' });
	const dashboard = await stage.dashboard();
	await dashboard.page.locator('#tab-topics').click();
	await dashboard.page.locator('#topic-line-2').click();
	return dashboard;
}

test('many people are added to a topic at once, here and away, and are told', async () => {
	const ana = await stage.wire(person('Ana'));
	const ben = await stage.wire(person('Ben'));
	await stage.wire(person('Cleo'));
	const dashboard = await lineTwo();
	const { page, dialog } = dashboard;
	ben.close();
	await dashboard.page.locator('#people .person.away').filter({ hasText: 'Ben' }).waitFor({ state: 'attached' });

	await page.getByRole('button', { name: 'Add people' }).click();
	const field = dialog.getByLabel('Find a person');
	await field.fill('ben');
	await field.press('Enter');
	assert.equal(await field.inputValue(), '', 'Enter takes the first match and adds nobody yet');
	await dialog.getByRole('checkbox', { name: /Ana/ }).check();
	const told = ana.heard('joined');
	await dialog.getByRole('button', { name: 'Add 2 people' }).click();
	await dialog.waitFor({ state: 'detached' });
	assert.deepEqual((await told).topics, ['line-2']);
	await page.locator('#topic-line-2').getByText('2 people').waitFor();
	await page.locator('#topic-line-2').getByText('1 away').waitFor();

	const got = ana.heard('message');
	await dashboard.say('For line 2 alone', { to: 'Line 2' });
	assert.equal((await got).message, 'For line 2 alone');

	await page.getByRole('button', { name: 'Add people' }).click();
	assert.ok(await dialog.getByRole('checkbox', { name: /Ana/ }).isDisabled(), 'who is in it cannot be added again');
});

test('a new topic can be filled at once', async () => {
	await stage.wire(person('Ana'));
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	await page.locator('#tab-topics').click();
	await page.getByRole('button', { name: 'New topic' }).click();
	await dialog.getByLabel('Name', { exact: true }).fill('Line 2');
	await dialog.getByRole('button', { name: 'Create and add people' }).click();
	await dialog.getByRole('heading', { name: 'Add people to Line 2' }).waitFor();
	await dialog.getByRole('checkbox', { name: /Ana/ }).check();
	await dialog.getByRole('button', { name: 'Add 1 person' }).click();
	await page.locator('#topic-line-2').getByText('1 person').waitFor();
});

test('a member is removed from a topic after a question, and stays in the room', async () => {
	const ana = await stage.wire(person('Ana'));
	const dashboard = await lineTwo();
	const { page } = dashboard;
	await stage.server.verb('add_members', { topic: 'line-2', user_ids: ['e2e-Ana'] });
	await page.getByRole('button', { name: 'Remove Ana from Line 2' }).click();
	await dashboard.dialog.getByText('They stay in the room').waitFor();
	const told = ana.heard('parted');
	await dashboard.confirm('Remove from topic');
	assert.deepEqual((await told).topics, ['line-2']);
	await page.getByText('No members yet.').waitFor();
	await page.locator('#tab-people').click();
	await dashboard.person('Ana').waitFor();
});

test('a person is added to topics and removed from them in one dialog, whose button says it', async () => {
	await stage.wire(person('Ana'));
	const dashboard = await lineTwo();
	const { page, dialog } = dashboard;
	await page.locator('#tab-people').click();
	await dashboard.person('Ana').getByRole('button').first().click();
	await page.getByRole('button', { name: 'Add to topic' }).click();
	await dialog.getByRole('checkbox', { name: /Line 2/ }).check();
	await dialog.getByRole('button', { name: 'Add to Line 2' }).click();
	await dialog.waitFor({ state: 'detached' });
	await dashboard.person('Ana').getByText('General, Line 2').waitFor();

	await page.getByRole('button', { name: 'Add to topic' }).click();
	await eventually(async () => assert.ok(await dialog.getByRole('checkbox', { name: /Line 2/ }).isChecked()));
	await dialog.getByRole('checkbox', { name: /Line 2/ }).uncheck();
	await dialog.getByRole('button', { name: 'Remove from Line 2' }).click();
	await dialog.waitFor({ state: 'detached' });
	await page.locator('#topic-line-2').getByText('0 people').waitFor({ state: 'attached' });
});

test('the dialogs about members fit narrow windows and break no rule of axe', async () => {
	await stage.wire(person('Ana Lima with a very long name of the second line'.replaceAll(' ', '-')));
	const dashboard = await lineTwo();
	const { page, dialog } = dashboard;
	const found = [];
	const look = async (what) => {
		await dialog.waitFor();
		found.push(...(await accessible(page, what)));
		for (const width of [320, 1280]) {
			await page.setViewportSize({ width, height: 800 });
			found.push(...(await tooWide(page, `${what} at ${width}`)));
		}
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	};
	await page.getByRole('button', { name: 'Add people' }).click();
	await dialog.getByRole('checkbox').first().check();
	await look('add people');
	await page.getByRole('button', { name: 'QR code to Line 2' }).click();
	await dialog.getByRole('img').waitFor();
	await look('QR code');
	await page.getByRole('button', { name: 'New topic' }).click();
	await dialog.getByText('Advanced').click();
	await look('new topic');
	await page.locator('#tab-people').click();
	await dashboard.people.getByRole('button').first().click();
	await page.getByRole('button', { name: 'Add to topic' }).click();
	await look('topics of a person');
	assert.deepEqual(found, []);
});
