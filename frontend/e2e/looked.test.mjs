import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const numberOf = (dashboard) => dashboard.page.getByRole('button', { name: /^Room ?, people who wrote to you: 1$/ });

test('a person learns that a message was seen once it was on the screen, and so does every dashboard', async () => {
	const [dashboard, other] = [await stage.dashboard(), await stage.dashboard()];
	await Promise.all([dashboard, other].map((one) => one.turn('Search')));
	const samir = await stage.wire({ name: 'Samir Aziz', user_id: 'samir' });
	samir.notify('I need help at bay 3.');
	for (const one of [dashboard, other]) await numberOf(one).waitFor();
	const seen = samir.heard('seen');
	await dashboard.turn('Room');
	await dashboard.row('I need help at bay 3.').waitFor();
	assert.equal((await seen).seq, 1);
	for (const one of [dashboard, other]) await numberOf(one).waitFor({ state: 'detached' });
	// Seen is not answered.
	await other.turn('Room');
	await other.page.getByRole('heading', { name: '1 person is waiting for an answer' }).waitFor();
});

test('an answer given in the strip says that the message was seen', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.turn('Search');
	const samir = await stage.wire({ name: 'Samir Aziz', user_id: 'samir' });
	samir.notify('I need help at bay 3.');
	await dashboard.page.getByRole('button', { name: 'Answer Samir Aziz' }).click();
	await dashboard.page.getByRole('textbox', { name: 'Message to Samir Aziz only' }).fill('Coming.');
	const seen = samir.heard('seen');
	await dashboard.page.keyboard.press('Control+Enter');
	assert.equal((await seen).seq, 1);
});

test('whoever waits still waits after a reload, and after an announcement was written to them again', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const { seq } = await stage.server.verb('broadcast', { message: 'Read this.', ack: 'Understood' });
	assert.equal(seq, 1);
	const samir = await stage.wire({ name: 'Samir Aziz', user_id: 'samir' });
	await dashboard.person('Samir Aziz').waitFor();
	const told = await stage.server.verb('broadcast', { message: 'Leave bay 3.', ack: 'Understood' });
	samir.notify('Which way?');
	const waits = page.getByRole('heading', { name: '1 person is waiting for an answer' });
	await waits.waitFor();
	await stage.server.verb('write_again', { seq: told.seq, missing: 'ack', message: '' });
	await dashboard.row('Leave bay 3.').nth(1).waitFor();
	await waits.waitFor();
	// What needs no answer stays so.
	await page.getByLabel('Filter the feed').fill('nothing of it');
	await page.reload();
	await waits.waitFor();
	await page.locator('#people').getByText('Which way?').click();
	await page.getByRole('button', { name: 'No answer needed' }).click();
	await eventually(async () => assert.equal(await page.getByText(/^Waiting since/).count(), 0));
	await page.reload();
	await dashboard.row('Which way?').waitFor();
	assert.equal(await waits.count(), 0);
	// Nor does it wait on a dashboard elsewhere; what comes later does.
	const other = await stage.dashboard();
	await other.row('Which way?').waitFor();
	const conversations = await stage.server.verb('conversations');
	assert.equal(conversations.waiting, 0);
	assert.equal(await other.page.getByText(/waiting for an answer/).count(), 0);
	samir.notify('Still here.');
	await other.page.getByRole('heading', { name: '1 person is waiting for an answer' }).waitFor();
	await waits.waitFor();
	// An answer that quotes one of the operator's own private messages is one.
	const { seq: wait } = await stage.server.verb('broadcast', { message: 'Come to B.', user_id: 'samir' });
	await waits.waitFor({ state: 'detached' });
	samir.notify('Where is B?');
	await waits.waitFor();
	await stage.server.verb('broadcast', { message: 'Behind the hall.', user_id: 'samir', reply_to: wait });
	await waits.waitFor({ state: 'detached' });
	await other.page.reload();
	await other.row('Behind the hall.').waitFor();
	assert.equal(await other.page.getByText(/waiting for an answer/).count(), 0);
});
