import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quick } from './checks.mjs';
import { PHONE, useStage } from './stage.mjs';

// Hostile input from clients and other dashboards, shown on the dashboard. No rate limits: this tests the pages, not
// the server. The stage fails a test for every policy violation, dialog and error of a page.
const stage = useStage('-client-rate', '0', '-trusted-proxy', '127.0.0.9');

/** Markup within the letters that a field allows; its effects are checked for afterwards. */
const evil = (n) => `<img src=x onerror=window.ran=${n}>`;
const SCRIPT = `${evil(1)}<script>window.ran=2</script><a href="javascript:window.ran=3">x</a>"'\`\${ran}{{ran}}</b>`;
const MONSTERS = [
	`z${'\u0301'.repeat(32_000)}`,
	`x${'\n'.repeat(64_000)}y`,
	`\u202e\u2067${'\u202e)דלת('.repeat(2_000)}`,
	`${'\u0001\u0007\u001b[2J\u0085\u2028'.repeat(3_000)}`,
	'﷽'.repeat(20_000),
	'\u{1F468}\u200d'.repeat(9_000),
];

/** Asserts that nothing ran, nothing became an element, and nothing overflows. */
async function harmless(page, where) {
	const found = await page.evaluate(() => {
		const bad = [
			...document.querySelectorAll('[onerror], [onload], img[src=x], script:not([src]), a[href^=javascript]'),
		];
		const root = document.documentElement;
		const wide = root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} wide`] : [];
		return [...bad.map((element) => element.outerHTML), ...wide, ...('ran' in window ? [`ran ${window.ran}`] : [])];
	});
	assert.deepEqual(found, [], where);
}

test('markup in every field that a client can fill is text on every page of the dashboard', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const headers = { 'User-Agent': SCRIPT, 'X-Forwarded-For': `${evil(4)}, 10.1.2.3` };
	const troll = await stage.wire(undefined, headers);
	const welcome = troll.heard('welcome');
	// Fields of the right type: others are refused before they reach a page.
	troll.say({ action: 'hello', name: evil(5), user_id: `${evil(6)}`, token: 'a-token-of-the-troll', code: SCRIPT });
	await welcome;
	troll.say({ action: 'subscribe', topics: ['general'] });
	const seq = await troll.post(SCRIPT);
	troll.notify(`A reply. ${SCRIPT}`, { reply_to: seq, id: evil(7) });
	troll.notify(SCRIPT, { topic: evil(8), id: 'unknown-topic' });
	troll.say({ action: evil(9) });
	troll.say({ action: 'history', id: SCRIPT, topic: evil(10) });
	const guest = await stage.wire();
	guest.notify(SCRIPT);
	await dashboard.row('A reply.').waitFor();
	await dashboard.person('<img src=x').getByRole('button').first().click();
	await dashboard.person('<img src=x').getByText('Technical').first().click();
	await dashboard.person('<img src=x').getByText('onerror=window.ran=6').first().waitFor();
	await harmless(page, 'room');
	await dashboard.turn('Search');
	await page.getByLabel('Search the log').fill('onerror');
	await page.locator('.found li').first().waitFor();
	await harmless(page, 'search');
	await stage.server.verb('set_access', { access: 'approval' });
	const waits = await stage.wire(undefined, headers);
	const waiting = waits.heard('waiting');
	waits.say({ action: 'hello', name: evil(11), user_id: evil(12), token: 'a-token-of-who-waits' });
	await waiting;
	await dashboard.turn('Room');
	await page.getByRole('heading', { name: /is waiting to join/ }).waitFor();
	await page.getByRole('button', { name: 'Refuse' }).click();
	await dashboard.dialog.getByText('Refuse <img').waitFor();
	await harmless(page, 'lobby');
});

test('markup that another dashboard or a table of names brings is text, in the settings and the audit list too', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const verb = (...of) => stage.server.verb(...of);
	await stage.wire({ name: 'Ana', user_id: 'ana', token: 'a-token-of-her-own' });
	await verb('set_name', { name: evil(20) });
	await verb('create_topic', { topic: 'xss', title: evil(21), kind: 'open' });
	await verb('rename_topic', { topic: 'xss', title: evil(22) });
	const said = { message: SCRIPT, title: evil(23), ack: evil(24), priority: 5, message_id: evil(25) };
	await verb('broadcast', said);
	await verb('block', { user_id: 'ana', reason: SCRIPT });
	await verb('block', { address: '10.9.9.0/24', reason: evil(26) });
	await verb('set_access', { access: 'list' });
	await verb('import_entries', { csv: `name\n${evil(27)}\n${evil(28).repeat(9)}\n<script>window.ran=29</script>\n` });
	await dashboard.row('window.ran=2').first().waitFor();
	await harmless(page, 'room');
	await dashboard.open('onerror=window.ran=23');
	await harmless(page, 'announcement');
	await dashboard.settings('Access');
	await page.getByRole('group', { name: 'Names on the list' }).getByText('window.ran=29').waitFor();
	await dashboard.look(`${evil(30)}.csv`, `name;${evil(33)}\n${evil(31)};${evil(34)}\n${evil(32).repeat(9)};x\n`);
	await page.getByText('Skipped rows', { exact: true }).click();
	await harmless(page, 'preview of an import');
	await page.getByRole('button', { name: 'Add 1 person' }).click();
	await page.getByText('1 row was skipped.').waitFor();
	await page.getByRole('button', { name: 'Print cards' }).click();
	await dashboard.dialog.getByRole('list', { name: 'Cards' }).getByRole('listitem').first().waitFor();
	await harmless(page, 'cards');
	await page.keyboard.press('Escape');
	const audit = page.getByRole('region', { name: 'Activity' });
	await audit.getByText('window.ran=26').waitFor();
	await audit.getByText('window.ran=22').first().waitFor();
	for (const size of [PHONE, { width: 1280, height: 800 }]) {
		await page.setViewportSize(size);
		await harmless(page, `settings at ${size.width}`);
	}
});

test('monsters in names, reasons and messages neither stall the dashboard nor push it off', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const marks = `A${'\u0301'.repeat(60)}`;
	await stage.wire({ name: marks, user_id: `\u202e${'x'.repeat(58)}` });
	const troll = await stage.wire({ name: 'w'.repeat(64), user_id: 'w'.repeat(64) });
	for (const monster of MONSTERS) troll.notify(monster.slice(0, 65_536 / 3), { topic: 'general' });
	for (const monster of MONSTERS) {
		await stage.server.verb('broadcast', {
			message: monster.slice(0, 20_000),
			title: monster.slice(0, 60).trim() || 'x',
			message_id: `m${MONSTERS.indexOf(monster)}`,
		});
	}
	await stage.server.verb('block', { address: '10.9.9.9', reason: MONSTERS[0].slice(0, 200) });
	troll.notify('The last of them.', { topic: 'general' });
	await dashboard.row('The last of them.').waitFor();
	for (const size of [PHONE, { width: 1280, height: 800 }]) {
		await page.setViewportSize(size);
		await quick(page, `room at ${size.width}`);
		await harmless(page, `room at ${size.width}`);
	}
	await page.locator('#messages').press('Home');
	await quick(page, 'the top of the feed');
	for (const where of ['Announcements', 'Search', 'Settings']) {
		await dashboard.turn(where);
		await quick(page, where);
		await harmless(page, where);
	}
});
