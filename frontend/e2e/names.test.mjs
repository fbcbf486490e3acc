import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Phone } from './phone.mjs';
import { PHONE, eventually, useStage } from './stage.mjs';

const stage = useStage();
const waitingIn = (phone) => phone.page.getByRole('heading', { name: 'Waiting for approval' });

async function refused(phone, words) {
	await phone.page.getByRole('alert').getByText(words).waitFor();
}

async function rename(phone, name) {
	await phone.page.getByRole('button', { name: 'Change name', exact: true }).click();
	await phone.page.getByLabel('Your name').fill(name);
	await phone.page.getByRole('button', { name: 'Save' }).click();
}

test('a taken name is told at the door and in the settings, with a free one to take by a press', async () => {
	await stage.phone('Ana Lima');
	const other = await stage.phone();
	await other.name.fill('ana  lima');
	await other.enter.click();
	await refused(other, /already|taken|somebody else/i);
	await other.page.getByRole('button', { name: 'Join as ana lima 2' }).click();
	await other.live();

	const third = await stage.phone('Bruno Costa');
	await third.settings.click();
	await rename(third, 'Ana Lima');
	await refused(third, /already|taken|somebody else/i);
	await third.dialog.getByText('Bruno Costa').waitFor();
	await third.dialog.getByRole('button', { name: /^Use Ana Lima/ }).click();
	await third.dialog.getByText('Ana Lima 3').waitFor();
	const { clients } = await stage.server.verb('clients');
	assert.deepEqual(clients.map(({ name }) => name).sort(), ['Ana Lima', 'Ana Lima 3', 'ana lima 2']);
});

test('a name that reads as the operator, or is hidden in signs, is refused with the reason', async () => {
	const phone = await stage.phone();
	for (const name of ['Operator', '0perator', 'The \u200boperator', 'Аna Lima']) {
		await phone.name.fill(name);
		await phone.enter.click();
		await eventually(async () => assert.match(await phone.page.locator('#name-error').innerText(), /\w+ .*\./));
		assert.equal(await phone.name.inputValue(), name);
		assert.deepEqual(await stage.server.verb('clients').then(({ clients }) => clients.filter((c) => c.name)), []);
	}
	await phone.comeIn('Ana Lima');
});

test('by list: a card’s code is typed or scanned, brings its name, and a wrong one is told', async () => {
	await stage.server.verb('set_access', { access: 'list' });
	const { entry } = await stage.server.verb('add_entry', { name: 'Ines Duarte' });
	const phone = await stage.phone();
	const code = phone.page.getByLabel('Personal code');
	await code.fill('AAAA-BBBB-CCCC');
	await code.press('Enter');
	await refused(phone, /not|code/i);
	await code.fill(entry.code.toLowerCase().replaceAll('-', ' '));
	await code.press('Enter');
	await phone.live();
	await phone.settings.click();
	await phone.dialog.getByText('Ines Duarte').waitFor();

	const scanned = new Phone(await stage.page({ size: PHONE, touch: true }));
	await scanned.page.goto(`${stage.server.url}#code=${entry.code}`);
	await scanned.enter.click();
	await scanned.live();
	assert.equal(new URL(scanned.page.url()).hash, '');
});

test('who waits may take another name, which the operator sees, and keeps the place', async () => {
	await stage.server.verb('set_access', { access: 'approval' });
	const phone = await stage.phone();
	await phone.name.fill('Ines');
	await phone.enter.click();
	await waitingIn(phone).waitFor();
	await rename(phone, 'Ines Duarte');
	const names = async () => (await stage.server.verb('lobby')).waiting.map(({ name }) => name);
	await eventually(async () => assert.deepEqual(await names(), ['Ines Duarte']));
	await rename(phone, 'Operator');
	await refused(phone, /operator/i);
	await eventually(async () => assert.deepEqual(await names(), ['Ines Duarte']));
	await waitingIn(phone).waitFor();
	await stage.server.verb('let_in', { all: true });
	await phone.live();
});

test('who is muted is told at once, and may write again once unmuted', async () => {
	const phone = await stage.phone('Ana Lima');
	const { clients } = await stage.server.verb('clients');
	await stage.server.verb('mute', { user_id: clients[0].user_id });
	await phone.page.getByText('The operator has muted you.').waitFor();
	assert.equal(await phone.text.count(), 0);
	await stage.server.verb('unmute', { user_id: clients[0].user_id });
	await phone.write('And now?');
	await phone.own('And now?', /Sent|Received|Read/i).waitFor();
});

test('who is blocked is told so, and does not come back; once that is lifted the page leads in', async () => {
	const phone = await stage.phone('Ana Lima');
	let dialled = 0;
	phone.page.on('websocket', () => dialled++);
	const { clients } = await stage.server.verb('clients');
	const list = await phone.page.$('#messages');
	await stage.server.verb('block', { user_id: clients[0].user_id, reason: 'Please talk to us at the desk.' });
	await phone.page.getByText('Please talk to us at the desk.').waitFor();
	await phone.page.getByRole('heading', { name: 'You have been blocked' }).waitFor();
	await list.evaluate((gone) => gone.dispatchEvent(new Event('scroll'))); // as a frame late: no fault of the page's
	assert.equal(dialled, 0);
	await phone.page.reload();
	await phone.enter.click();
	await phone.page.getByText('Please talk to us at the desk.').waitFor();
	await stage.server.verb('unblock', { user_id: clients[0].user_id });
	assert.equal(await phone.page.getByRole('button').count(), 0, 'nothing to press');
	await phone.page.reload();
	await phone.enter.click();
	await phone.live();
});

test('a full room is told with a count-down, and opens by itself', async () => {
	const ana = await stage.phone('Ana Lima');
	stage.expectOutage();
	await stage.server.verb('set_settings', { max_connections: 1 });
	const ben = await stage.phone();
	await ben.name.fill('Ben Okafor');
	await ben.enter.click();
	await ben.page.getByText('The room is full').waitFor();
	await ana.page.close();
	await ben.live();
});
