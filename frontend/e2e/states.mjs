// The states of the pages, one after the other on one page: for the tests of sizes and of accessibility, and for the
// screenshots.
import { Wire } from './wire.mjs';

/** Fills the room with people and messages. */
export async function fill(stage, people = 4) {
	const names = [
		'Ana Lima',
		'Bruno Costa',
		'Chidi Okafor',
		'Noor de Vries',
		'Wolfeschlegelsteinhausenbergerdorff Maximilian',
	];
	const wires = [];
	for (const name of names.slice(0, people + 1)) {
		wires.push(await stage.wire({ name, user_id: `e2e-${name.replace(/\W/g, '')}` }));
	}
	wires[0].notify('Press 4 is down. Error E-17, same as Monday.', { topic: 'general' });
	wires[1].notify('Is the auditors’ visit at 11 or at 11:30?');
	wires[2].notify(`See https://example.org/${'a-long-path/'.repeat(12)}`, { topic: 'general' });
	wires.at(-1).notify('On my way.', { topic: 'general' });
	return wires;
}

/** Walks the client page through its states and calls look(name) in each. */
export async function walkPhone(phone, dashboard, look) {
	await look('door');
	await phone.name.fill('   ');
	await phone.enter.click();
	await phone.page.getByText('Enter your name first.').waitFor();
	await look('door without a name');
	await phone.comeIn('Ana Maria dos Santos Oliveira');
	await phone.page.getByText('No messages yet').waitFor();
	await look('empty');
	await dashboard.say('Line 1 at 11:30, line 2 at 12:15.', { title: 'Lunch in two groups', priority: 'Important' });
	await dashboard.say('Gas alarm. Leave by the north door.', { title: 'Leave bay 3 now', priority: 'Urgent' });
	await phone.write('Leaving. All five from packing 1 are with me.', 'general');
	await phone.sent('Leaving.').waitFor();
	await phone.reply('Gas alarm.', 'Understood.');
	await phone.sent('Understood.').waitFor();
	await look('talk');
	await phone
		.row('Lunch')
		.first()
		.getByRole('button', { name: /^Reply/ })
		.click();
	await look('answering');
	await phone.page.getByRole('button', { name: 'Cancel reply' }).click();
	if (await phone.switcher.isVisible()) {
		await phone.switcher.click();
		await look('topics');
		await phone.dialog.getByRole('button', { name: 'Close' }).click();
	}
	await phone.settings.filter({ visible: true }).click();
	await look('settings');
	await phone.dialog.getByRole('button', { name: 'Change name' }).click();
	await look('renaming');
	await phone.dialog.getByRole('button', { name: 'Cancel' }).click();
	await phone.dialog.getByRole('button', { name: 'Leave' }).click();
	await look('leaving');
	await phone.dialog.getByRole('button', { name: 'Cancel' }).click();
	await phone.dialog.getByRole('button', { name: 'Close' }).click();
}

/** Walks the client page through the states before the room; the name Ana Lima is taken already. */
export async function walkDoor(phone, server, look) {
	const { page } = phone;
	await phone.name.fill('Ana Lima');
	await phone.enter.click();
	await page.getByRole('button', { name: /^Join as/ }).waitFor();
	await look('name taken');
	await server.verb('set_access', { access: 'code' });
	await page.reload();
	await phone.name.fill('Marisol Quintero');
	await page.getByLabel('Join code').fill('12345');
	await page.keyboard.press('Enter');
	await page.getByRole('alert').getByText('That is not the code').waitFor();
	await look('wrong code');
	await server.verb('set_access', { access: 'list' });
	await page.reload();
	await page.getByLabel('Personal code').waitFor();
	await look('list');
	await server.verb('set_access', { access: 'approval' });
	await page.reload();
	await phone.name.fill('Marisol Quintero');
	await phone.enter.click();
	await page.getByRole('heading', { name: 'Waiting for approval' }).waitFor();
	await look('lobby');
	await page.getByRole('button', { name: 'Change name' }).click();
	await phone.name.fill('Operator');
	await page.getByRole('button', { name: 'Save' }).click();
	await page
		.getByRole('alert')
		.getByText(/operator/i)
		.waitFor();
	await look('lobby, name refused');
	await server.verb('refuse', {
		all: true,
		reason: 'The early shift is complete. Please come back at two, to the north door.',
	});
	await page.getByRole('heading', { name: 'You were not let in' }).waitFor();
	await look('refused');
	await server.verb('set_access', { access: 'open' });
	await page.getByRole('button', { name: 'Ask again' }).click();
	await phone.live();
	await walkKeptOut(phone, server, look);
}

/** Walks on through the operator's actions on a person; it ends before a full room. */
async function walkKeptOut(phone, server, look) {
	const { page } = phone;
	const { clients } = await server.verb('clients');
	const { user_id } = clients.find(({ name }) => name === 'Marisol Quintero');
	await server.verb('mute', { user_id });
	await page.getByText('The operator has muted you.').waitFor();
	await look('muted');
	await server.verb('block', { user_id, reason: 'Please talk to us at the desk, beside the north door.' });
	await page.getByText('Please talk to us').waitFor();
	await look('blocked');
	await server.verb('unblock', { user_id });
	await server.verb('set_settings', { max_connections: 1 });
	await page.reload();
	await phone.enter.click();
	await page.getByRole('status').getByText('The room is full').waitFor();
	await look('full');
}

/** Walks the dashboard through its states and calls look(name) in each; the room must not be empty. */
export async function walkDashboard(dashboard, look) {
	const { page, dialog } = dashboard;
	const close = async () => {
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	};
	const part = async (name) => {
		const tab = page.getByRole('tab', { name: new RegExp(`^${name}`) }).first();
		if (await tab.isVisible()) await tab.click();
	};
	await part('Feed');
	await dashboard.say('The roof leaks. Walk around until it is fixed.', {
		title: 'Wet floor at gate 5',
		priority: 'Urgent',
	});
	await dashboard.row('The roof leaks').first().waitFor();
	await look('feed');
	await dashboard.picker.locator('.opener').click();
	await look('choosing whom');
	await page.keyboard.press('Escape');
	await part('People');
	await dashboard.person('Bruno').getByRole('button').first().click();
	await look('person');
	await dashboard
		.person('Bruno')
		.getByRole('button', { name: /^More about/ })
		.click();
	await look('person menu');
	await page.keyboard.press('Escape');
	await dashboard.aboutPerson('Bruno', /^Remove/);
	await look('remove');
	await close();
	await dashboard.person('Bruno').getByRole('button').first().click();
	await page.getByRole('tab', { name: /^Topics/ }).click();
	await look('topics');
	await page.getByRole('button', { name: 'New topic' }).click();
	await look('new topic');
	await close();
	await page.locator('#tab-people').click();
	await part('Now');
	await look('now');
	await page.getByRole('button', { name: 'Enlarge' }).click();
	await look('join, large');
	await close();
	await part('Feed');
	await page.keyboard.press('?');
	await dialog.waitFor();
	await look('keys');
	await close();
	await page.getByRole('button', { name: /room/ }).first().click();
	await look('naming the room');
	await close();
	await walkSettings(dashboard, look, close);
	await walkWays(dashboard, look, close);
}

/** Walks the page of settings. */
export async function walkSettings(dashboard, look, close) {
	const { page } = dashboard;
	await dashboard.settings('Operator’s key');
	await page.getByRole('button', { name: 'Show link' }).click();
	await page.getByRole('button', { name: 'Hide link' }).waitFor();
	await page.getByRole('switch', { name: 'Encrypted address' }).click();
	await page.getByText('Once on each device').waitFor();
	await page.getByLabel('Block an address').fill('10.9.9.0/24');
	await page.getByLabel('Block an address').press('Enter');
	await dashboard.dialog
		.getByLabel('What they will read')
		.fill('Guests have a room of their own, on the other network.');
	await dashboard.saves(() => dashboard.confirm('Block'));
	await page.getByLabel('Keep messages for').fill('none');
	await page.getByLabel('Keep messages for').press('Enter');
	await page.getByRole('alert').waitFor();
	await look('settings');
	await page.getByLabel('Keep messages for').fill('9');
	await page.getByLabel('Keep messages for').press('Enter');
	await look('asking before something is erased');
	await close();
	await page.getByRole('button', { name: 'Set a password' }).click();
	await look('setting a password');
	await close();
	await dashboard.turn('Room');
}

/** Walks the access modes; the last one leaves the room open again. */
export async function walkWays(dashboard, look, close) {
	const { page } = dashboard;
	const choose = async (way) => {
		await dashboard.settings('Access');
		await dashboard.saves(() => page.getByRole('radio', { name: way }).check());
	};
	await choose('Join code');
	await look('by code');
	await dashboard.turn('Room');
	await look('the code on the join card');
	await page.getByRole('button', { name: 'Enlarge' }).click();
	await look('the code, large');
	await close();
	await choose('List');
	await page.getByLabel('Name to add').fill('Wolfeschlegelsteinhausenbergerdorff Maximilian');
	await dashboard.saves(() => page.getByRole('button', { name: 'Add', exact: true }).click());
	await dashboard.look('names.csv', `Wer;Nr\nBruno Costa;1\n;2\n`);
	await look('a table whose column is asked for');
	await page.getByRole('button', { name: 'Cancel' }).click();
	await dashboard.look('names.csv', `name\nBruno Costa\n${'a-line-that-is-no-name'.repeat(9)}\n`);
	await page.getByText('Skipped rows', { exact: true }).click();
	await look('names that are about to be imported');
	await page.getByRole('button', { name: 'Add 1 person' }).click();
	await page.getByText('1 row was skipped.').waitFor();
	await page.getByRole('list', { name: 'New codes' }).waitFor();
	await look('by list');
	await page.getByRole('button', { name: 'Print cards' }).click();
	await dashboard.dialog.getByRole('list', { name: 'Cards' }).getByRole('listitem').nth(1).waitFor();
	await look('cards');
	await close();
	await choose('Approval');
	await dashboard.turn('Room');
	const knock = async (name) => {
		const wire = await Wire.open(page.url());
		const waits = wire.heard('waiting');
		const user_id = `waits-${name.length}`;
		wire.say({ action: 'hello', name, user_id, token: `a-token-of-${user_id}` });
		await waits;
		return wire;
	};
	const wires = [await knock('Tomasz Wrona')];
	const part = page.getByRole('tab', { name: /^People/ }).first();
	if (await part.isVisible()) await part.click();
	await page.getByRole('region', { name: 'Tomasz Wrona is waiting to join' }).waitFor();
	await look('one waits');
	wires.push(await knock('Wolfeschlegelsteinhausenbergerdorff Anna-Maria'));
	for (let i = 3; i <= 12; i++) wires.push(await knock(`Ana Lima the ${'I'.repeat(i)}`));
	await page.getByRole('region', { name: '12 are waiting to join' }).waitFor();
	await look('twelve wait');
	await page.getByRole('button', { name: 'Refuse all' }).click();
	await look('refusing all');
	await close();
	for (const wire of wires) wire.close();
	await choose('Open');
	await dashboard.turn('Room');
}
