import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY } from './belfry.mjs';
import { useStage } from './stage.mjs';

const stage = useStage('-client-rate', '7');

test('the name of the room, and how long messages are kept, hold on every dashboard and after a restart', async () => {
	const dashboard = await stage.dashboard();
	const other = await stage.dashboard();
	await other.settings('History');
	await dashboard.settings('Room');
	const name = dashboard.page.getByLabel('Room name');
	await name.fill('Hall 2, late shift');
	await dashboard.saves(() => name.press('Enter'));
	const days = dashboard.page.getByLabel('Keep messages for');
	await days.fill('30');
	await days.press('Enter');
	await dashboard.saves(() => dashboard.confirm('Delete older messages'));
	await dashboard.page.getByLabel('Keep at most').fill('2,5');
	await dashboard.saves(() => dashboard.page.getByLabel('Keep at most').press('Enter'));
	const shows = async (one) => {
		await one.page.getByRole('heading', { name: 'Hall 2, late shift' }).waitFor();
		await one.page.waitForFunction(() => document.getElementById('set-keep_days').value === '30');
		await one.page.waitForFunction(() => document.getElementById('set-keep_bytes').value === '2.5');
	};
	await shows(other);
	stage.expectOutage();
	await stage.server.end();
	await stage.server.start();
	await dashboard.page.reload();
	await dashboard.live();
	await dashboard.settings('History');
	await shows(dashboard);
});

test('a number out of bounds is refused beside its field, one that is asked about may be left', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.settings('History');
	const days = dashboard.page.getByLabel('Keep messages for');
	for (const text of ['0', 'three', '1.5']) {
		await days.fill(text);
		await days.press('Enter');
		await dashboard.page.getByRole('alert').filter({ hasText: 'Enter a number from 1 to 3,650.' }).waitFor();
		await days.fill('90');
		await days.press('Enter');
		await dashboard.page.getByRole('alert').waitFor({ state: 'detached' });
	}
	await days.fill('7');
	await days.press('Enter');
	await dashboard.confirm('Cancel');
	assert.equal(await days.inputValue(), '90');
});

test('what a flag rules is shown as such, and the rest goes back to the defaults at once', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.settings('Limits');
	const rate = dashboard.page.getByLabel('Messages from one device');
	await dashboard.page.getByText('Set by the flag -client-rate.').waitFor();
	assert.equal(await rate.inputValue(), '7');
	assert.ok(await rate.isDisabled());
	await dashboard.page.getByText('Advanced').click();
	const topics = dashboard.page.getByLabel('Topics for one device');
	await topics.fill('3');
	await dashboard.saves(() => topics.press('Enter'));
	await dashboard.page.getByText('Default: 32.').waitFor();
	await dashboard.page.getByRole('button', { name: 'Reset to defaults' }).click();
	await dashboard.page.getByText('Default: 32.').waitFor({ state: 'detached' });
	assert.equal(await topics.inputValue(), '32');
});

test('sessions are shown, this one marked; one that is ended has to show the key again', async () => {
	const dashboard = await stage.dashboard();
	const other = await stage.dashboard();
	await dashboard.settings('Operator’s key');
	const rows = dashboard.page.getByRole('list', { name: 'Signed in' }).getByRole('listitem');
	await rows.nth(1).waitFor();
	assert.equal(await rows.filter({ hasText: 'this dashboard' }).count(), 1);
	stage.expectOutage();
	await rows
		.filter({ hasNotText: 'this dashboard' })
		.getByRole('button', { name: /^Sign out/ })
		.click();
	await other.page.getByRole('heading', { name: 'Sign in to the dashboard' }).waitFor();
	await rows.nth(1).waitFor({ state: 'detached' });
	await dashboard.page.getByText('Ended a session').waitFor();
});

test('a password opens the dashboard; removed it does not', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.settings('Operator’s key');
	await dashboard.page.getByRole('button', { name: 'Set a password' }).click();
	const field = dashboard.dialog.getByLabel('Password', { exact: true });
	await field.fill('short');
	await field.press('Enter');
	await dashboard.dialog.getByRole('alert').waitFor();
	await field.fill('a sentence, kept in mind');
	await dashboard.saves(() => dashboard.confirm('Save password'));
	stage.expectOutage();
	const signIn = async (what) => {
		const page = await stage.page();
		await page.goto(new URL('/server', stage.server.url).href);
		await page.locator('#sign-key').fill(what);
		await page.keyboard.press('Enter');
		return page;
	};
	await (await signIn('a sentence, kept in mind')).locator('#now .live-text').waitFor();
	await dashboard.page.getByRole('button', { name: 'Remove password' }).click();
	await dashboard.saves(() => dashboard.confirm('Remove password'));
	await (await signIn('a sentence, kept in mind')).getByRole('alert').waitFor();
	await (await signIn(KEY)).locator('#now .live-text').waitFor();
});

test('the link with the key is shown on request, and that it was is noted', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.settings('Operator’s key');
	assert.equal(await dashboard.page.getByText(KEY).count(), 0);
	await dashboard.page.getByRole('button', { name: 'Show link' }).click();
	await dashboard.page.getByText(`/server#token=${KEY}`).waitFor();
	await dashboard.page.getByText('The key is set by the flag -operator-token.').waitFor();
	await dashboard.page.getByText('Showed the operator’s key').waitFor();
	await dashboard.page.getByRole('button', { name: 'Hide link' }).click();
	assert.equal(await dashboard.page.getByText(KEY).count(), 0);
});

test('who is muted reads and does not write, who is blocked is out, and both are lifted in the settings', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.wire({ name: 'Ana Lima', user_id: 'ana', token: 'a-token-of-her-own' });
	await dashboard.person('Ana Lima').waitFor();
	await dashboard.aboutPerson('Ana Lima', /^Mute/);
	await dashboard.person('Ana Lima').getByText('Muted: can read').waitFor();
	const refused = ana.heard('error');
	ana.notify('May I?', { id: '1' });
	assert.equal((await refused).code, 'not_allowed');
	await dashboard.aboutPerson('Ana Lima', /^Block ?Removed now/);
	await dashboard.dialog.getByLabel('What they will read').fill('Please see the shift lead.');
	const [said, code] = [ana.heard('error'), ana.ended()];
	await dashboard.confirm('Block');
	assert.match((await said).message, /shift lead/);
	assert.ok([4001, 4003].includes(await code));
	await dashboard.settings('Access');
	const list = dashboard.page.getByRole('list', { name: 'Blocked and muted' });
	await list.getByText('Please see the shift lead.').waitFor();
	await dashboard.saves(() => list.getByRole('button', { name: 'Unblock Ana Lima' }).click());
	await list.getByRole('button', { name: 'Unmute Ana Lima' }).click();
	await list.getByText('Nobody.').waitFor();
	await dashboard.page.getByText('Unblocked').waitFor();
	await stage.wire({ name: 'Ana Lima', user_id: 'ana', token: 'a-token-of-her-own' });
	await dashboard.turn('Room');
	await dashboard.person('Ana Lima').waitFor();
});

test('settings are reached by keyboard, and their sections too', async () => {
	const { page } = await stage.dashboard();
	await page.locator('#main').focus();
	await page.keyboard.press('g');
	await page.keyboard.press('t');
	await page.locator('#set-room:focus').waitFor();
	for (const pane of ['set-audit', 'sections-title', 'main']) {
		await page.keyboard.press('F6');
		await page.waitForFunction((id) => {
			const at = document.activeElement;
			return at.id === id || at.getAttribute('aria-labelledby') === id;
		}, pane);
	}
	await page.getByRole('button', { name: 'Look and sound' }).focus();
	await page.keyboard.press('Enter');
	await page.locator('#set-look:focus').waitFor();
	await page.getByRole('radio', { name: 'Dark' }).check();
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
	await page.getByRole('switch', { name: 'Single-letter shortcuts' }).uncheck();
	await page.locator('#main').focus();
	await page.keyboard.press('g');
	await page.keyboard.press('r');
	await page.getByRole('heading', { name: 'Settings' }).waitFor();
});

test('the encrypted address is switched on, and says how a device comes to trust it', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.settings('Network');
	assert.equal(await dashboard.page.getByText('Once on each device').count(), 0);
	await dashboard.saves(() => dashboard.page.getByRole('switch', { name: 'Encrypted address' }).click());
	await dashboard.page.getByText('Once on each device').waitFor();
	await dashboard.page.getByText(/^https:\/\/127\.0\.0\.1:\d+$/).waitFor();
	await dashboard.page.getByText(/^([0-9A-F]{2} ){31}[0-9A-F]{2}$/).waitFor();
	await dashboard.page.getByText('Encrypted address (TLS): off to on').waitFor();
	await dashboard.saves(() => dashboard.page.getByRole('switch', { name: 'Encrypted address' }).click());
	await dashboard.page.getByText('Once on each device').waitFor({ state: 'detached' });
});

test('each limit is kept by the server, and the audit list goes back as far as one likes', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Limits');
	const limits = [
		['Devices at once', '500', 'max_connections', 500],
		['Devices from one address', '300', 'max_per_address', 300],
		['New connections from one address', '10', 'handshakes_per_second', 10],
		['Requests from one device', '50', 'frames_per_second', 50],
		['Traffic from one device', '512', 'bytes_per_second', 512 * 1024],
		['Topics for one device', '8', 'max_topics', 8],
		['Sign-in timeout', '20', 'hello_seconds', 20],
		['Keep names reserved for', '6', 'name_hours', 6],
		['Count people as away for', '24', 'member_hours', 24],
		['Memory for slow devices', '128', 'queue_bytes', 128 * 1024 * 1024],
	];
	await page.getByText('Advanced').click();
	for (const [label, text] of limits) {
		await page.getByLabel(label).fill(text);
		await dashboard.saves(() => page.getByLabel(label).press('Enter'));
	}
	const { values } = await stage.server.verb('settings');
	for (const [label, , name, value] of limits) assert.equal(values[name], value, label);
	// Nobody looks meanwhile: a list that was watched has them all, and nothing older to ask for.
	await dashboard.turn('Room');
	for (let i = 0; i < 60; i++) await stage.server.verb('set_name', { name: `Hall ${i}` });
	await dashboard.settings('Limits');
	await page.getByText('Room name: Hall 58 to Hall 59').waitFor();
	await page.getByRole('button', { name: 'Older entries' }).click();
	await page.getByText('Devices at once: No limit to 500').waitFor();
});

test('what is being typed stays while the room and other settings change', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Limits');
	await page.getByText('Advanced').click();
	await page.getByLabel('Topics for one device').fill('8');
	await stage.server.verb('set_settings', { name_hours: 6 });
	await page.waitForFunction(() => document.querySelector('#set-name_hours').value === '6');
	assert.equal(await page.getByLabel('Topics for one device').inputValue(), '8');
	await dashboard.settings('Room');
	const name = page.getByLabel('Room name');
	await name.fill('Hall');
	await stage.phone('Ana Lima');
	await stage.server.verb('set_settings', { name_hours: 7 });
	await page
		.getByText(/6( h| hours)? to 7/)
		.first()
		.waitFor();
	assert.equal(await name.inputValue(), 'Hall');
});

test('sound is chosen for this device, and exporting leads to the search', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Look and sound');
	const sound = page.getByRole('switch', { name: 'Sound' });
	const was = await sound.isChecked();
	await sound.click();
	await page.reload();
	await dashboard.live();
	await dashboard.settings('Look and sound');
	assert.equal(await sound.isChecked(), !was);
	await page.getByRole('button', { name: 'Choose in Search' }).click();
	await page.locator('#search-log:focus').waitFor();
});

test('settings that could not be read are named until the operator has confirmed them', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	stage.expectOutage();
	await stage.server.end();
	await stage.server.writeSettings('{"access":"open","keep_days":"forever"}');
	await stage.server.start();
	await page.reload();
	await dashboard.live();
	const doubt = page.getByRole('alert').filter({ hasText: 'Settings could not be read' });
	await doubt.locator('summary').click();
	await doubt.getByText(/Keep messages for: 3,?650 days/).waitFor();
	await doubt.getByRole('button', { name: 'These settings are right' }).click();
	await doubt.waitFor({ state: 'detached' });
	assert.deepEqual((await stage.server.verb('state')).doubts, []);
	await dashboard.settings('Limits');
	await page.getByText('Confirmed the settings').waitFor();
});
