import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import WebSocket from 'ws';
import { Dashboard } from './dashboard.mjs';
import { eventually, useStage } from './stage.mjs';

// The key is made by Belfry: one given by a flag could not be replaced here.
const stage = useStage('-operator-token', '', '-trusted-proxy', '127.0.0.9');

test('a new key ends every other dashboard and the old link; signing out asks for the key', async () => {
	const dashboard = await stage.dashboard();
	const other = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Operator’s key');
	await page.getByRole('button', { name: 'New key' }).click();
	stage.expectOutage();
	await dashboard.saves(() => dashboard.confirm('Make a new key'));
	const needed = { name: 'Sign in to the dashboard' };
	await other.page.getByRole('heading', needed).waitFor();
	const card = page.getByRole('group', { name: 'Link with the key' });
	await card.getByRole('img', { name: 'QR code of the link with the key' }).waitFor();
	const link = await card.locator('.mono').textContent();
	assert.notEqual(link, stage.server.dashboardUrl);
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await card.getByRole('button', { name: 'Copy' }).click();
	await eventually(async () => assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link));
	await page.getByText('New operator’s key').waitFor();
	await other.page.goto('about:blank');
	await other.page.goto(stage.server.dashboardUrl);
	await other.page.getByText('That is not the key.').waitFor();
	await other.page.goto('about:blank');
	await other.page.goto(link);
	await other.live();
	const mine = page.getByRole('listitem').filter({ hasText: 'this dashboard' });
	await mine.getByRole('button', { name: /^Sign out/ }).click();
	await page.getByRole('heading', needed).waitFor();
	await other.settings('Operator’s key');
	await other.page.getByText('Ended a session').first().waitFor();
});

/** A dashboard's socket as if from another machine: a browser page cannot set these headers. */
async function farDashboard() {
	const url = new URL('/ws/server', stage.server.url.replace(/^http/, 'ws'));
	const key = new URL(stage.server.dashboardUrl).hash.replace('#token=', '');
	const headers = { Authorization: `Bearer ${key}`, 'X-Forwarded-For': '192.168.1.77' };
	const socket = new WebSocket(url, { headers, localAddress: '127.0.0.9' });
	await once(socket, 'open');
	return socket;
}

test('dashboards on other machines are asked about, and those that are open there end', async () => {
	const dashboard = await stage.dashboard();
	const ended = once(await farDashboard(), 'close');
	await dashboard.settings('Operator’s key');
	await dashboard.page.getByRole('list', { name: 'Signed in' }).getByText('192.168.1.77').waitFor();
	const remote = dashboard.page.getByRole('switch', { name: 'Dashboards on other computers' });
	await remote.click();
	await dashboard.confirm('Cancel');
	assert.ok(await remote.isChecked());
	await remote.click();
	await dashboard.saves(() => dashboard.confirm('Turn off other dashboards'));
	assert.equal((await ended)[0], 4003);
	await dashboard.page.getByText('Dashboards on other computers: on to off').waitFor();
	await assert.rejects(farDashboard(), /403/);
	await dashboard.saves(() => remote.click());
	(await farDashboard()).terminate();
});

test('the address is tested, a name announced or not, the encrypted port chosen', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Network');
	await page.getByText('Belfry listens only on this computer').waitFor();
	await page.getByRole('button', { name: 'Test again' }).click();
	await page.getByText(/^Tested \d s ago/).waitFor();
	await page.getByText('Only this computer can reach Belfry, so it announces no name.').waitFor();
	await dashboard.saves(() => page.getByRole('switch', { name: 'Name on the network' }).click());
	await page.getByText('Name on the network: on to off').waitFor();
	await dashboard.saves(() => page.getByRole('switch', { name: 'Encrypted address' }).click());
	const works = page.getByText(/^https:\/\/127\.0\.0\.1:\d+$/);
	await works.waitFor();
	const port = page.getByLabel('Port of the encrypted address');
	await port.fill(new URL(stage.server.url).port);
	await dashboard.saves(() => port.press('Enter'));
	await page.getByRole('alert').getByText('Choose another port for the encrypted address.').waitFor();
	await port.fill('0');
	await dashboard.saves(() => port.press('Enter'));
	await works.waitFor();
});

test('a change that is refused says why beside it, and what holds is shown again', async () => {
	const page = await stage.page();
	const refused = ['set_address', 'set_settings', 'set_name', 'set_access', 'new_code', 'test_address'];
	await page.routeWebSocket(/\/ws\/server$/, (socket) => {
		const server = socket.connectToServer();
		socket.onMessage((data) => {
			const { action, id } = JSON.parse(data);
			const answer = { type: 'error', action, id, code: 'not_kept', message: `Refused ${action}.` };
			if (refused.includes(action)) socket.send(JSON.stringify(answer));
			else server.send(data);
		});
		// One more address than a server on loopback has.
		server.onMessage((data) => {
			const frame = JSON.parse(data);
			const url = frame.address?.url.replace('127.0.0.1', '192.168.1.24');
			frame.addresses?.push({ ...frame.address, url, host: '192.168.1.24', kind: 'wifi', default: false });
			socket.send(JSON.stringify(frame));
		});
	});
	await page.goto(stage.server.dashboardUrl);
	const dashboard = new Dashboard(page);
	await dashboard.live();
	await dashboard.settings('Network');
	const says = (verb) => page.getByRole('alert').getByText(`Refused ${verb}.`).first().waitFor();
	const holds = (field, value) => eventually(async () => assert.equal(await field.inputValue(), value));
	await says('test_address');
	const own = new URL('/', stage.server.url).href;
	await page.getByLabel('Address shown').selectOption(own.replace('127.0.0.1', '192.168.1.24'));
	await says('set_address');
	await holds(page.getByLabel('Address shown'), own);
	await page.getByText('Advanced').click();
	await page.getByLabel('Topics for one device').fill('9');
	await page.getByLabel('Topics for one device').press('Enter');
	await says('set_settings');
	await page.getByRole('switch', { name: 'Encrypted address' }).click();
	await eventually(async () => assert.equal(await page.getByText('Refused set_settings.').count(), 2));
	assert.equal(await page.getByRole('switch', { name: 'Encrypted address' }).isChecked(), false);
	await page.getByLabel('Room name').fill('Hall 2');
	await page.getByLabel('Room name').press('Enter');
	await says('set_name');
	assert.equal(await page.getByLabel('Room name').inputValue(), 'Hall 2');
	await page.getByRole('radio', { name: 'Approval' }).click();
	await says('set_access');
	await eventually(async () => assert.ok(await page.getByRole('radio', { name: 'Open' }).isChecked()));
});

test('an address or a network is blocked before anybody is there, and unblocked', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Access');
	const field = page.getByLabel('Block an address');
	const block = page.getByRole('button', { name: 'Block address', exact: true });
	await field.fill('not an address');
	await block.click();
	await dashboard.dialog.getByRole('button', { name: 'Block' }).click();
	await dashboard.dialog.getByRole('alert').getByText('a network as 192.168.7.0/24').waitFor();
	await page.keyboard.press('Escape');
	assert.equal(await field.inputValue(), 'not an address');
	await field.fill('192.168.7.9/24');
	await field.press('Enter');
	await dashboard.dialog.getByLabel('What they will read').fill('Guests have a room of their own.');
	await dashboard.saves(() => dashboard.confirm('Block'));
	const list = page.getByRole('list', { name: 'Blocked and muted' });
	await list.getByText('192.168.7.0/24').waitFor();
	assert.equal(await field.inputValue(), '');
	const from = { 'X-Forwarded-For': '192.168.7.30' };
	await assert.rejects(stage.wire({ name: 'Ana', user_id: 'ana' }, from));
	await dashboard.saves(() => list.getByRole('button', { name: 'Unblock 192.168.7.0/24' }).click());
	await list.getByText('Nobody.').waitFor();
	await stage.wire({ name: 'Ana', user_id: 'ana' }, from);
});

test('after 200 wrong codes the digits change by themselves, and the operator is told until it was read', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Access');
	await dashboard.saves(() => page.getByRole('radio', { name: 'Join code' }).check());
	const digits = page.locator('.code .sr').first();
	const old = await digits.textContent();
	// Nine tries from an address are not slowed yet.
	for (let at = 0, code = 0; at < 24; at++) {
		const wire = await stage.wire(undefined, { 'X-Forwarded-For': `10.0.0.${at + 1}` });
		for (let i = 0; i < 9; i++, code++) {
			if (Number(old.replaceAll(' ', '')) === code) continue;
			wire.say({ action: 'hello', name: `G${at}`, user_id: `g${at}`, code: String(code).padStart(6, '0') });
		}
	}
	const told = page.getByRole('alert').filter({ hasText: 'Belfry changed the join code' });
	await told.waitFor();
	await eventually(async () => assert.notEqual(await digits.textContent(), old));
	await page.getByText('Belfry changed the join code after too many wrong ones').waitFor();
	await told.getByRole('button', { name: 'Dismiss' }).click();
	await told.waitFor({ state: 'detached' });
});
