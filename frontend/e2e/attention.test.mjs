import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dashboard } from './dashboard.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const setting = (dashboard) => ({
	room: dashboard.page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: /^Room/ }),
	strips: dashboard.page.getByRole('region', { name: 'Waiting for you' }),
});

const knock = async (name) => {
	const wire = await stage.wire();
	const answer = wire.heard('waiting');
	const user_id = `id-${name.replace(/\W/g, '')}`;
	wire.say({ action: 'hello', name, user_id, token: `a-token-of-${user_id}` });
	await answer;
	return wire;
};

const titled = (dashboard, words) => eventually(async () => assert.equal(await dashboard.page.title(), words));

test('a private message is seen on every page, and answered there', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const { room, strips } = setting(dashboard);
	const samir = await stage.phone('Samir Aziz');
	await dashboard.text.fill('A draft to everyone');
	for (const name of ['Announcements', 'Search', 'Settings']) {
		await dashboard.turn(name);
		await samir.write(`I need help, ${name}`);
		await strips.getByText(`I need help, ${name}`).waitFor();
		await strips.getByText('only to you').waitFor();
	}
	await page.getByRole('button', { name: /^Room ?, people who wrote to you: 1$/ }).waitFor();
	await titled(dashboard, '(1) Samir Aziz wrote to you · Belfry');

	await strips.getByRole('button', { name: 'Answer Samir Aziz' }).click();
	const field = strips.getByRole('textbox', { name: 'Message to Samir Aziz only' });
	await eventually(async () => assert.ok(await field.evaluate((at) => at === document.activeElement)));
	await field.fill('Coming.\nStay where you are.');
	await page.keyboard.press('Enter');
	assert.equal(await dashboard.messages.count(), 0, 'Enter makes a line');
	await strips.getByRole('button', { name: 'Send to Samir Aziz only' }).click();
	await samir.row('Stay where you are.').getByText('only to you').waitFor();
	await samir.row('Stay where you are.').locator('.quote', { hasText: 'I need help, Settings' }).waitFor();
	await field.waitFor({ state: 'detached' });
	await room.filter({ hasText: 'people who wrote' }).waitFor({ state: 'detached' });
	await dashboard.turn('Room');
	await titled(dashboard, 'Belfry');
	assert.equal(await dashboard.text.inputValue(), 'A draft to everyone');
});

test('in sight it is shown once; scrolled away or filtered it is called above the page', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const { room, strips } = setting(dashboard);
	const samir = await stage.wire({ name: 'Samir Aziz', user_id: 'samir' });
	samir.notify('Where is the ladder?');
	await dashboard.row('Where is the ladder?').waitFor();
	await page.getByRole('heading', { name: '1 person is waiting for an answer' }).waitFor();
	assert.equal(await strips.getByText('Where is the ladder?').count(), 0);
	assert.equal(await room.getByText('wrote to you').count(), 0, 'it was seen');

	await page.getByLabel('Kind').selectOption('From you');
	samir.notify('I need help at bay 3.');
	await strips.getByText('I need help at bay 3.').waitFor();
	await page.getByLabel('Kind').selectOption('Everything');
	await dashboard.row('I need help at bay 3.').waitFor();
	await strips.getByText('I need help at bay 3.').waitFor({ state: 'detached' });
});

test('put away, the strip goes and the number stays until it was seen', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const { strips } = setting(dashboard);
	const samir = await stage.wire({ name: 'Samir Aziz', user_id: 'samir' });
	await dashboard.turn('Search');
	samir.notify('One');
	await strips.getByRole('button', { name: 'Put away what Samir Aziz wrote' }).click();
	await strips.getByText('Samir Aziz').waitFor({ state: 'detached' });
	const number = page.getByRole('button', { name: /^Room ?, people who wrote to you: 1$/ });
	await number.waitFor();
	await page.reload();
	await number.waitFor({ state: 'detached' }); // loaded again, the room is shown, and the message in it
	await page.getByRole('heading', { name: '1 person is waiting for an answer' }).waitFor();
	await dashboard.turn('Settings');
	samir.notify('Two');
	await strips.getByText('Two').waitFor();
	await number.waitFor();
	await strips.getByRole('button', { name: 'Open the conversation with Samir Aziz' }).click();
	await page.getByRole('log', { name: 'Conversation with Samir Aziz' }).getByText('Two').waitFor();
	await number.waitFor({ state: 'detached' });
});

test('a window without the focus has seen nothing', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const focus = (has) =>
		page.evaluate((value) => {
			document.hasFocus = () => value;
			dispatchEvent(new Event(value ? 'focus' : 'blur'));
		}, has);
	await focus(false);
	const samir = await stage.wire({ name: 'Samir Aziz', user_id: 'samir' });
	samir.notify('I need help at bay 3.');
	await dashboard.row('I need help at bay 3.').waitFor();
	await titled(dashboard, '(1) Samir Aziz wrote to you · Belfry');
	await focus(true);
	await titled(dashboard, 'Belfry');
});

test('who knocks is let in from whatever page this is, and no tab of the room hides them', async () => {
	await stage.server.verb('set_access', { access: 'approval' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const { strips } = setting(dashboard);
	await page.getByRole('tab', { name: /^Topics/ }).click();
	const tomasz = await knock('Tomasz Wrona');
	await page.getByRole('region', { name: 'Tomasz Wrona is waiting to join' }).waitFor();
	await page.getByRole('tab', { name: /^People \d+ ?, waiting for you: 1$/ }).waitFor();
	assert.equal(await strips.getByText('Tomasz Wrona').isVisible(), false, 'not shown twice');

	await dashboard.turn('Search');
	await titled(dashboard, '(1) Tomasz Wrona is waiting to join · Belfry');
	await page.getByRole('button', { name: /^Room ?, people waiting to join: 1$/ }).waitFor();
	const welcome = tomasz.heard('welcome');
	await strips.getByRole('button', { name: 'Let in Tomasz Wrona' }).click();
	await welcome;
	await strips.getByRole('button', { name: 'Let in Tomasz Wrona' }).waitFor({ state: 'detached' });
	await titled(dashboard, 'Belfry');
});

test('two strips at most: a private message, then a knock, then how many more', async () => {
	await stage.server.verb('set_access', { access: 'approval' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const { strips } = setting(dashboard);
	await Promise.all(['Ana', 'Ben'].map((name) => knock(name)));
	await page.getByRole('button', { name: 'Let all 2 in' }).click();
	await dashboard.person('Ben').waitFor();
	await dashboard.turn('Settings');
	await knock('Cleo');
	await knock('Dana');
	await strips.getByText('Cleo', { exact: true }).waitFor();
	await strips.getByText('Dana', { exact: true }).waitFor();
	assert.equal(await strips.getByText('more').count(), 0);
	await strips.getByRole('button', { name: 'Decide later about Cleo' }).click();
	await strips.getByText('Cleo').waitFor({ state: 'detached' });
	await page.getByRole('button', { name: /^Room ?, people waiting to join: 2$/ }).waitFor();
	await titled(dashboard, '(2) 2 people are waiting for you · Belfry');
	await strips.getByRole('button', { name: 'Refuse Dana' }).click();
	await dashboard.confirm('Refuse');
	await strips.getByText('Dana').waitFor({ state: 'detached' });
});

test('what becomes of one person’s strip leaves the answer to another as it is', async () => {
	const page = await stage.page();
	let late;
	await page.routeWebSocket(/\/ws\//, (socket) => {
		const server = socket.connectToServer();
		server.onMessage((frame) => (late ? late.push([socket, frame]) : socket.send(frame)));
	});
	await page.goto(stage.server.dashboardUrl);
	const dashboard = new Dashboard(page);
	await dashboard.live();
	const { strips } = setting(dashboard);
	await dashboard.turn('Search');
	for (const id of ['Ana', 'Ben']) {
		(await stage.wire({ name: id, user_id: id })).notify(`${id} needs help`);
		await strips.getByText(`${id} needs help`).waitFor();
	}
	const to = (name) => strips.getByRole('textbox', { name: `Message to ${name} only` });
	const hasFocus = (field) =>
		eventually(async () => assert.ok(await field.evaluate((at) => at === document.activeElement)));
	await strips.getByRole('button', { name: 'Answer Ana' }).click();
	await to('Ana').fill('Coming.');
	late = [];
	await strips.getByRole('button', { name: 'Send to Ana only' }).click();
	await strips.getByRole('button', { name: 'Answer Ben' }).click();
	await to('Ben').fill('You');
	for (const [socket, frame] of late) socket.send(frame);
	late = undefined;
	await strips.getByText('Ana needs help').waitFor({ state: 'detached' });
	await hasFocus(to('Ben'));
	await page.keyboard.type(' too.');
	assert.equal(await to('Ben').inputValue(), 'You too.');

	(await stage.wire({ name: 'Cleo', user_id: 'Cleo' })).notify('Cleo needs help');
	await strips.getByRole('button', { name: 'Put away what Cleo wrote' }).click();
	await strips.getByText('Cleo needs help').waitFor({ state: 'detached' });
	await hasFocus(to('Ben'));
});
