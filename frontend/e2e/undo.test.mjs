import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible } from './checks.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const says = (where, words) => eventually(async () => assert.match(await where.innerText(), words));
const seq = async () => (await stage.server.verb('state')).seq;

/** A dashboard that holds messages so long, with two people here. */
async function room(undo_seconds) {
	await stage.server.verb('set_settings', { undo_seconds });
	const dashboard = await stage.dashboard();
	for (const id of ['ana', 'ben']) await stage.wire({ name: id, user_id: id });
	await says(dashboard.send, /^Send to 2$/);
	return Object.assign(dashboard, {
		sending: dashboard.page.locator('.sending'),
		undo: dashboard.page.getByRole('button', { name: 'Undo' }),
	});
}

test('what goes to more than one person is held, and Undo brings all of it back', async () => {
	const dashboard = await room(30);
	const { page, text, title, undo, sending } = dashboard;
	await dashboard.say('Water is back on.', { title: 'Tea', priority: 'Important', asks: 'Thank you', times: 3 });
	await says(sending, /^Sending to 2 people\s+Water is back on\.\s+Undo\s+· \d+ s$/);
	assert.deepEqual(await accessible(page, 'a message that is held'), []);
	assert.equal(await text.inputValue(), '');
	await undo.click();
	await undo.waitFor({ state: 'detached' });
	assert.deepEqual([await text.inputValue(), await title.inputValue()], ['Water is back on.', 'Tea']);
	assert.ok(await page.getByRole('radio', { name: 'Important' }).isChecked());
	assert.equal(await page.getByLabel('Button text').inputValue(), 'Thank you');
	assert.equal(await page.getByLabel('Remind').inputValue(), '3');
	await text.press('Control+Enter');
	await undo.waitFor();
	await text.press('Control+z');
	await undo.waitFor({ state: 'detached' });
	assert.equal(await text.inputValue(), 'Water is back on.');
	assert.equal(await seq(), 0);
});

test('it goes out when the time is over, and what goes to one person goes at once', async () => {
	const dashboard = await room(1);
	const { undo, text } = dashboard;
	await dashboard.say('To all of you');
	await undo.waitFor();
	await dashboard.row('To all of you').waitFor();
	await undo.waitFor({ state: 'detached' });
	await stage.server.verb('set_settings', { undo_seconds: 30 });
	await dashboard.say('To Ana alone', { to: 'ana' });
	await dashboard.row('To Ana alone').waitFor();
	assert.equal(await undo.count(), 0);
	await text.fill('x');
});

test('what goes to everyone is held also while it is not known who is here', async () => {
	await stage.server.verb('set_settings', { undo_seconds: 30 });
	const dashboard = await stage.dashboard();
	await dashboard.say('To whoever comes');
	await says(dashboard.page.locator('.sending'), /^Sending to everyone\s+To whoever comes/);
	assert.equal(await seq(), 0);
});

test('the next message lets the held one go first, and is held itself', async () => {
	const dashboard = await room(30);
	const { sending, undo, text } = dashboard;
	await dashboard.say('The first');
	await says(sending, /The first/);
	await text.fill('Meanwhile a draft');
	await undo.click();
	await dashboard.page
		.getByRole('alert')
		.getByText('You took it back. “The first” to everyone is kept here.')
		.waitFor();
	assert.equal(await text.inputValue(), 'Meanwhile a draft');
	assert.equal(await seq(), 0);
	await dashboard.page.getByRole('button', { name: 'Discard' }).click();
	await dashboard.say('One');
	await says(sending, /One/);
	await dashboard.say('Two');
	await says(sending, /Two/);
	await dashboard.row('One').waitFor();
	assert.equal(await seq(), 1);
	await dashboard.say('To Ben alone', { to: 'ben' });
	await dashboard.row('To Ben alone').waitFor();
	await says(sending, /Two/);
	assert.equal(await seq(), 2);
});

test('a page that is closed meanwhile sends nothing and keeps the text', async () => {
	const dashboard = await room(2);
	const { page, text, sending } = dashboard;
	await dashboard.say('Never mind', { to: 'general' });
	await sending.waitFor();
	await page.reload();
	await eventually(async () => assert.equal(await text.inputValue(), 'Never mind'));
	await says(dashboard.readers, /^Only General reads this/);
	await dashboard.say('Nor this', { to: 'Everyone' });
	await sending.waitFor();
	await text.fill('The next one');
	const other = await stage.tab(page);
	await page.close();
	await other.goto(stage.server.dashboardUrl);
	await other.getByRole('alert').getByText('“Nor this” to everyone is kept here.').waitFor();
	assert.equal(await other.getByRole('textbox', { name: 'Message', exact: true }).inputValue(), 'The next one');
	// Later than the time for which either was held.
	await stage.server.verb('broadcast', { message: 'Later' });
	await other.locator('#messages').getByText('Later').waitFor();
	assert.equal(await seq(), 1);
});

test('without a connection it is held all the same, and then waits for it', async () => {
	const dashboard = await room(2);
	const { page, undo, text } = dashboard;
	stage.expectOutage();
	await dashboard.text.fill('When you are back');
	await stage.server.kill();
	await page.getByRole('button', { name: 'Send when back' }).click();
	await undo.waitFor();
	await undo.click();
	assert.equal(await text.inputValue(), 'When you are back');
	await dashboard.send.click();
	await page.getByText('1 waiting').waitFor();
	await stage.server.start();
	await dashboard.row('When you are back').waitFor();
	assert.equal(await seq(), 1);
});

test('an urgent message is red before the press, sent by the second one, at once', async () => {
	const dashboard = await room(30);
	const { page, text, send, readers, undo } = dashboard;
	await text.fill('Leave by the north door.');
	await page.getByRole('radio', { name: 'Urgent' }).check();
	await says(send, /^Send urgent to 2$/);
	await says(readers, /^Rings and turns red for everyone: 2 here\. No undo$/);
	const asks = page.getByRole('switch', { name: 'Ask people to confirm' });
	await asks.check();
	await says(readers, /^Fills the screen for everyone: 2 here\. No undo$/);
	await asks.uncheck();
	assert.deepEqual(await accessible(page, 'an urgent message'), []);
	const [red, frame] = await page.evaluate(() => [
		getComputedStyle(document.querySelector('#send')).backgroundColor,
		getComputedStyle(document.querySelector('#composer .box')).borderColor,
	]);
	assert.equal(red, frame);
	const armed = page.getByRole('button', { name: 'Press again to send to everyone' });
	const calm = page.getByRole('button', { name: 'Send urgent to 2' });
	await send.click();
	await armed.waitFor();
	await says(readers, /^Goes out at once\. No undo\. Esc to stop$/);
	assert.deepEqual(await accessible(page, 'an urgent message, pressed once'), []);
	await page.keyboard.press('Escape');
	await calm.waitFor();
	await send.click();
	await armed.waitFor();
	await text.press('End');
	await page.keyboard.type(' Now!');
	await calm.waitFor();
	await send.dblclick();
	await armed.waitFor();
	await calm.waitFor(); // five seconds later
	assert.equal(await seq(), 0);
	await text.press('Control+Enter');
	await armed.waitFor();
	await text.press('Control+Enter');
	await dashboard.row('Leave by the north door. Now!').waitFor();
	assert.equal(await undo.count(), 0);
	await says(send, /^Send to 2$/);
});

test('a key that is held down is one press', async () => {
	const dashboard = await room(0);
	const { page, text } = dashboard;
	await page.getByRole('radio', { name: 'Urgent' }).check();
	await text.fill('Leave now');
	await page.keyboard.down('Control');
	for (let i = 0; i < 5; i++) await page.keyboard.down('Enter');
	await page.keyboard.up('Enter');
	await page.keyboard.up('Control');
	await page.getByRole('button', { name: /^Press again/ }).waitFor();
	assert.equal(await seq(), 0);
});
