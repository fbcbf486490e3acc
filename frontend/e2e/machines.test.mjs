// Three machines are one room: whose machine dies goes on at another one, as the same person, and nothing is lost or doubled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dashboard } from './dashboard.mjs';
import { Machines } from './machines.mjs';
import { Phone } from './phone.mjs';
import { eventually, LAPTOP, PHONE, useStage } from './stage.mjs';

const stage = useStage();

/** Three machines until the test ends. */
async function threeMachines(t) {
	const machines = new Machines();
	t.after(() => machines.stop());
	await machines.start();
	return machines;
}

async function phoneAt(machine, name) {
	const page = await stage.page({ size: PHONE, touch: true });
	await page.goto(machine.client);
	const phone = new Phone(page);
	await phone.comeIn(name);
	return phone;
}

async function dashboardAt(machine) {
	const page = await stage.page({ size: LAPTOP });
	await page.goto(machine.dashboard);
	const dashboard = new Dashboard(page);
	await dashboard.live();
	return dashboard;
}

const identity = (page) =>
	page.evaluate(() => {
		const { user_id, token, name } = JSON.parse(localStorage.getItem('belfry.identity'));
		return { user_id, token, name };
	});

test('a machine dies: the page goes to another one, and what was being sent arrives once', async (t) => {
	const machines = await threeMachines(t);
	const [hall, office] = machines.all;
	const dashboard = await dashboardAt(office);
	const phone = await phoneAt(hall, 'Ana Lima');
	await phone.write('Is it still there?', 'general');
	await phone.sent('Is it still there?').waitFor();
	await dashboard.row('Is it still there?').waitFor();
	const before = await identity(phone.page);
	stage.expectOutage();
	await phone.text.fill('Sent as it died');
	hall.child.kill('SIGKILL');
	await phone.send.click();
	await phone.text.fill('Written without a machine');
	await phone.send.click();
	await phone.text.fill('half a draft');
	await phone.page.waitForURL((url) => machines.of(url) !== hall);
	await phone.live();
	assert.deepEqual(await identity(phone.page), before);
	assert.equal(await phone.text.inputValue(), 'half a draft');
	assert.equal(new URL(phone.page.url()).hash, '');
	await phone.page.getByText('You are on another machine of this room.').waitFor();
	for (const text of ['Sent as it died', 'Written without a machine']) {
		await phone.sent(text).waitFor();
		await dashboard.row(text).waitFor();
		assert.equal(await dashboard.row(text).count(), 1, text);
	}
	await phone.page.reload();
	await phone.live();
	await phone.row('Written without a machine').waitFor();
	for (const text of ['Is it still there?', 'Sent as it died', 'Written without a machine'])
		assert.equal(await phone.row(text).count(), 1, text);
});

test('a machine that is stopped sends its people on, and the operator sees which one is missing', async (t) => {
	const machines = await threeMachines(t);
	const [hall, office, stageMachine] = machines.all;
	const dashboard = await dashboardAt(office);
	const phone = await phoneAt(hall, 'Ana Lima');
	const ben = await phoneAt(stageMachine, 'Ben');
	await dashboard.person('Ana Lima').waitFor();
	await dashboard.person('Ben').waitFor();
	stage.expectOutage();
	await machines.end(hall, 'SIGTERM');
	await phone.page.waitForURL((url) => machines.of(url) !== hall);
	await phone.live();
	await dashboard.say('Lunch at 12');
	await phone.row('Lunch at 12').waitFor();
	await ben.row('Lunch at 12').waitFor();
	await dashboard.page.getByRole('heading', { name: /hall: (not there|does not answer)/ }).waitFor();
	await dashboard.settings('About');
	await dashboard.page.getByRole('list', { name: 'Machines' }).getByText('office, this machine').waitFor();
	await eventually(async () =>
		assert.equal(await dashboard.page.getByRole('list', { name: 'Machines' }).getByText('working').count(), 2),
	);
});

test('two of three die: the third shows what it has, keeps what is written, and goes on when one is back', async (t) => {
	const machines = await threeMachines(t);
	const [hall, office, last] = machines.all;
	const dashboard = await dashboardAt(hall);
	const phone = await phoneAt(hall, 'Ana Lima');
	await phone.write('Before', 'general');
	await phone.sent('Before').waitFor();
	stage.expectOutage();
	await Promise.all([machines.end(office), machines.end(last)]);
	await dashboard.page.getByRole('heading', { name: 'This machine is cut off from the others' }).waitFor();
	await dashboard.page.locator('#now').getByText('Cut off').waitFor();
	const cutOff = phone.page.getByText('The machine that serves this page has lost the rest of the room.');
	await cutOff.waitFor();
	await phone.state('Cut off').waitFor();
	await phone.write('Kept until then', 'general');
	// Its people are sent away once; this one can reach no other machine, and is let in again.
	const returned = phone.page.waitForEvent('websocket', (socket) => socket.url().includes('stay=1'));
	await returned;
	await cutOff.waitFor();
	assert.equal(machines.of(phone.page.url()), hall);
	await phone.row('Before').waitFor();
	assert.equal(await phone.page.getByText('Not sent:').count(), 0);
	await machines.again(office);
	await phone.sent('Kept until then').waitFor();
	await phone.live();
	await cutOff.waitFor({ state: 'detached' });
	await dashboard.live();
	await dashboard.row('Kept until then').waitFor();
	assert.equal(await dashboard.row('Kept until then').count(), 1);
});
