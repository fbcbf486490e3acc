import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quick, tooWide } from './checks.mjs';
import { eventually, useStage } from './stage.mjs';

// No rate limits: this tests the pages, not the server.
const stage = useStage('-client-rate', '0');

const SCRIPT = `<img src=x onerror=alert(1)><script>alert(2)</script>`;
const MONSTERS = {
	'64 KiB in one word': 'w'.repeat(64 * 1024),
	'5,000 lines': 'line\n'.repeat(5_000),
	'letters under hundreds of marks': `z${'\u0300'.repeat(500)}`.repeat(30),
	'from right to left': `\u202E${'שלום עולם '.repeat(200)}`,
	'emoji families': '👨‍👩‍👧‍👦'.repeat(1_000),
};

test('names, messages, titles, topics and reasons are text, whatever stands in them', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.page.getByRole('button', { name: 'Name the room' }).click();
	await dashboard.dialog.getByLabel('Name').fill('<b>Room</b>');
	await dashboard.dialog.getByRole('button', { name: 'Save' }).click();
	await dashboard.createTopic('<i>Topic</i>');
	const name = '<img src=x onerror=alert(3)>';
	const ana = await stage.phone(name);
	await ana.page.getByText('<b>Room</b>').first().waitFor({ state: 'attached' });
	await ana.write(SCRIPT);
	await ana.write(SCRIPT, 'general');
	await eventually(async () => assert.equal(await dashboard.row(SCRIPT).count(), 2));
	await dashboard.row(SCRIPT).first().getByText(name).first().waitFor();
	await dashboard.say(SCRIPT, { title: '<svg onload=alert(4)>', to: 'Everyone' });
	await ana.row('<svg onload=alert(4)>').waitFor();
	await ana.switcher.click();
	await ana.dialog.getByText('<i>Topic</i>').first().waitFor();
	await ana.dialog.getByRole('button', { name: 'Close' }).click();
	await dashboard.page.locator('#tab-people').click();
	await dashboard.person(name).waitFor();
	await dashboard.disconnect(name, `<a href="javascript:alert(5)">reason</a>`);
	await ana.page.getByText('<a href="javascript:alert(5)">reason</a>').waitFor();
	for (const page of [ana.page, dashboard.page]) {
		assert.equal(await page.locator('main img[src=x], main script, main svg[onload], [onerror]').count(), 0);
	}
});

test('what stands before the room is text too, and bounded', async () => {
	const image = '<img src=x onerror=alert(6)>';
	await stage.server.verb('set_name', { name: '<b>Hall</b>' });
	await stage.wire({ name: image, user_id: 'e2e-held' });
	const phone = await stage.phone();
	await phone.page.getByText('<b>Hall</b>').first().waitFor();
	await phone.name.fill(image);
	await phone.enter.click();
	await phone.page.getByRole('button', { name: `Join as ${image} 2` }).waitFor();
	await stage.server.verb('set_access', { access: 'approval' });
	await phone.page.reload();
	await phone.name.fill('<i>waits</i>');
	await phone.enter.click();
	await phone.page.getByText('<i>waits</i>').waitFor();
	const reason = `${image}\u202e${'w'.repeat(300)}${'\n'.repeat(100)}`;
	await stage.server.verb('refuse', { all: true, reason });
	await phone.page.getByText(image).waitFor();
	assert.equal(await phone.page.locator('[onerror], main img[src=x], main i, main b b').count(), 0);
	assert.deepEqual(await tooWide(phone.page, 'refused'), []);
});

test('monsters before the room neither break nor stall the page', async () => {
	await stage.server.verb('set_access', { access: 'approval' });
	const phone = await stage.phone();
	const { page } = phone;
	const taken = (verb, whole, part) => stage.server.verb(verb, whole).catch(() => stage.server.verb(verb, part));
	for (const [name, monster] of Object.entries({ ...MONSTERS, controls: '\u0007\u0000\u001b[2J'.repeat(9_000) })) {
		// The server accepts short names only: the whole one first, then its longest accepted beginning.
		await taken('set_name', { name: monster }, { name: [...monster].slice(0, 60).join('') });
		await page.reload();
		await phone.name.fill(monster);
		await phone.enter.click();
		const waits = page.getByRole('heading', { name: 'Waiting for approval' });
		await waits.or(page.locator('#name-error span')).first().waitFor();
		assert.deepEqual(await tooWide(page, `${name} at the door`), []);
		if (!(await waits.isVisible())) {
			await phone.name.fill('Bo');
			await phone.enter.click();
			await waits.waitFor();
		}
		assert.deepEqual(await tooWide(page, `${name} in the lobby`), []);
		const reason = [...monster].slice(0, 200).join('');
		await taken('refuse', { all: true, reason: monster }, { all: true, reason });
		await page.getByRole('heading', { name: 'You were not let in' }).waitFor();
		assert.deepEqual(await tooWide(page, `${name} as a reason`), []);
		await page.getByRole('button', { name: 'Change name' }).click();
	}
});

test('only web addresses become links', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	await dashboard.say(
		'javascript:alert(1) data:text/html,x file:///etc/passwd https://example.org/a?b=1 http://10.0.0.7:8080',
	);
	await ana.row('example.org').waitFor();
	await dashboard.row('example.org').waitFor();
	for (const page of [ana.page, dashboard.page]) {
		const links = await page.locator('#messages a').evaluateAll((all) => all.map(({ href }) => href));
		assert.deepEqual(links, ['https://example.org/a?b=1', 'http://10.0.0.7:8080/']);
	}
});

test('monsters are shown in part, and both pages stay quick', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	const troll = await stage.wire({ name: `T${'\u0300'.repeat(60)}`, user_id: 'troll' });
	for (const [name, monster] of Object.entries(MONSTERS)) {
		for (let i = 0; i < 3; i++) troll.notify(`${name}: ${monster}`.slice(0, 60_000), { topic: 'general' });
	}
	troll.notify('The last of them.', { topic: 'general' });
	for (const { page } of [ana, dashboard]) {
		await page.locator('#messages').getByText('The last of them.').waitFor();
		await quick(page, page.url());
	}
	const began = performance.now();
	await ana.write('Still here.', 'general');
	await dashboard.row('Still here.').waitFor();
	assert.ok(performance.now() - began < 5_000);

	const lines = ana.row('5,000 lines').first();
	// By keyboard: rows above still find their heights, and a list at its end stays there unless a hand moves it.
	await lines.getByRole('button', { name: 'Show all' }).press('Enter');
	await lines.getByRole('button', { name: 'Show less' }).press('Enter');
	await lines.getByRole('button', { name: 'Show all' }).waitFor();
	assert.ok(await ana.text.isVisible());
});

test('what is too long is told before it is sent, and stays written', async () => {
	const ana = await stage.phone('Ana Lima');
	await ana.write('x'.repeat(65 * 1024));
	await ana.page.getByText('This message is too long.').waitFor();
	assert.equal((await ana.text.inputValue()).length, 65 * 1024);
	const dashboard = await stage.dashboard();
	await dashboard.text.fill('x'.repeat(65 * 1024));
	await dashboard.page.getByText(/Too long by 1,024 bytes/).waitFor();
	assert.ok(await dashboard.send.isDisabled());
});
