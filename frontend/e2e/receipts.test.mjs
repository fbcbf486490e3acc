import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Phone } from './phone.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const hide = (phone, hidden) =>
	phone.page.evaluate((value) => {
		Object.defineProperty(document, 'hidden', { value, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	}, hidden);

const figure = (dashboard, name, n) =>
	eventually(async () => assert.equal(await dashboard.gauge(name).locator('.n').textContent(), String(n)));

const button = (phone, words) => phone.page.getByRole('button', { name: new RegExp(`^${words}: answer to`) });

test('sent, received, read and acknowledged appear by themselves, with their names', async () => {
	const dashboard = await stage.dashboard();
	const [ana, ben] = [await stage.phone('Ana Lima'), await stage.phone('Ben Okafor')];
	const away = await stage.phone('Cleo Sato');
	await away.page.close();
	await dashboard.page.locator('#people .person.away').filter({ hasText: 'Cleo Sato' }).waitFor();
	await hide(ben, true);
	await dashboard.say('The lift is out of order.', { to: 'Everyone', asks: 'I know' });
	await dashboard.open('The lift is out of order.');
	await figure(dashboard, 'Sent', 3);
	await figure(dashboard, 'Received', 2);
	await figure(dashboard, 'Read', 1);
	await figure(dashboard, 'Confirmed', 0);
	await dashboard.page.getByText('2 were here when it was sent, 1 away.').waitFor();

	await button(ana, 'I know').click();
	await ana.page.getByText(/^You pressed “I know” at/).waitFor();
	await figure(dashboard, 'Confirmed', 1);
	await hide(ben, false);
	await figure(dashboard, 'Read', 2);

	const listed = async (...expected) =>
		eventually(async () => {
			const found = await dashboard.page.locator('#announcement .box tbody tr').allTextContents();
			assert.deepEqual(
				found.map((row) => expected.find((name) => row.includes(name))),
				expected,
			);
		});
	await listed('Cleo Sato', 'Ben Okafor');
	await dashboard.page.getByRole('radio', { name: /^Confirmed/ }).check();
	await listed('Ana Lima');

	// "Write again" reaches only those whose receipt is missing.
	await dashboard.page.getByRole('radio', { name: /^Not confirmed yet/ }).check();
	await dashboard.page.getByRole('button', { name: 'Send to 2 people' }).click();
	await dashboard.page.getByText('Sent to 2 people.').waitFor();
	await ben.row('Please read this and press “I know”.').getByText('only to you').waitFor();
	await dashboard.turn('Room');
	await dashboard.say('And on we go.', { to: 'Everyone' });
	await ana.row('And on we go.').waitFor();
	assert.equal(await ana.row('Please read this and press').count(), 0);

	// Everything survives a kill.
	stage.expectOutage();
	await stage.server.kill();
	await stage.server.start();
	await dashboard.page.reload(); // sooner than it would come back by itself
	await dashboard.live();
	await dashboard.open('The lift is out of order.');
	for (const [name, n] of Object.entries({ Sent: 3, Received: 2, Read: 2, Confirmed: 1 }))
		await figure(dashboard, name, n);
});

test('who has not answered is reminded, and is not when the operator stops it', async () => {
	const dashboard = await stage.dashboard();
	const [ana, ben] = [await stage.phone('Ana Lima'), await stage.phone('Ben Okafor')];
	for (const text of ['Wear your helmets.', 'Close the windows.']) {
		await dashboard.say(text, { to: 'general', asks: 'Understood', times: 3 });
		await ana.row(text).waitFor();
		await ben.row(text).waitFor();
	}
	await ana
		.row('Wear your helmets.')
		.getByRole('button', { name: /^Understood/ })
		.click();
	await ana.page.getByText(/^You pressed “Understood”/).waitFor();
	await dashboard.open('Close the windows.');
	await dashboard.page.getByText('Every minute, to everyone who has not confirmed. Up to 3 more times.').waitFor();
	await dashboard.page.getByRole('button', { name: 'Stop reminders' }).click();
	await dashboard.page.getByRole('heading', { name: 'Reminders' }).waitFor({ state: 'detached' });

	// The minute is over while the server is away: when it is back, both would be due at once.
	stage.expectOutage();
	await stage.server.end();
	await stage.server.patchLog((bytes) => bytes.replace(/("next":)\d{13}/g, '$11000000000000'));
	await stage.server.start();
	// Loaded again they are there sooner than by themselves, and before the first reminder is due.
	await Promise.all([ana, ben, dashboard].map(({ page }) => page.reload()));
	for (const phone of [ana, ben]) await phone.live();
	// Out of sight, what is asked for again is brought into it.
	await ben.go('Operator');
	const strip = ben.page.getByRole('region', { name: 'Reminder, not confirmed yet' });
	await strip.getByText('Wear your helmets.').waitFor();
	await dashboard.live();
	await dashboard.open('Wear your helmets.');
	await dashboard.page.getByText('Every minute, to everyone who has not confirmed. Up to 2 more times.').waitFor();
	assert.equal(await ben.page.getByText('and 1 more').count(), 0);
	assert.equal(await ana.page.getByRole('region', { name: 'Reminder, not confirmed yet' }).count(), 0);

	await strip.getByRole('button', { name: 'Understood' }).click();
	await strip.waitFor({ state: 'detached' });
	await figure(dashboard, 'Confirmed', 2);
	await dashboard.page.getByRole('heading', { name: 'Reminders' }).waitFor({ state: 'detached' });
});

test('a button that a moving list brings under a finger takes no press', async () => {
	const ana = await stage.phone('Ana Lima');
	await ana.page.evaluate(() => {
		const press = () => {
			const button = document.querySelector('button[aria-label^="I am there"]');
			if (!button) return;
			watcher.disconnect();
			button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
			window.pressed = true;
		};
		const watcher = new MutationObserver(press);
		watcher.observe(document.body, { childList: true, subtree: true });
	});
	const { seq } = await stage.server.verb('broadcast', { message: 'Meet at B.', ack: 'I am there' });
	await ana.page.waitForFunction(() => window.pressed);
	await ana.row('Meet at B.').getByText('will be sent').waitFor({ state: 'detached' });
	const acked = async () => (await stage.server.verb('receipts', { seqs: [seq] })).receipts[0].acked;
	assert.equal(await acked(), 0);
	await eventually(async () => {
		const button = ana.page.getByRole('button', { name: /^I am there/ });
		if (await button.isVisible()) await button.click({ timeout: 500 }).catch(() => {});
		assert.equal(await acked(), 1);
	});
});

test('an urgent message that asks takes the page until it is answered', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	await dashboard.say('Leave by the north door.', { title: 'Leave now', priority: 'Urgent', asks: 'I am out' });
	const page = ana.page.getByRole('alertdialog', { name: 'Leave now' });
	await page.getByText('Leave by the north door.').waitFor();
	await dashboard.open('Leave now');
	await figure(dashboard, 'Read', 1);
	// A press within the first moment was meant for something else.
	await eventually(async () => {
		const press = page.getByRole('button', { name: 'I am out' });
		if (await press.isVisible()) await press.click({ timeout: 500 }).catch(() => {});
		assert.equal(await page.count(), 0);
	});
	await figure(dashboard, 'Confirmed', 1);

	// It stays answered: loaded again, in another tab, and after the server was started again.
	const again = new Phone(await stage.tab(ana.page));
	await again.page.goto(stage.server.url);
	const stays = async (phone) => {
		await phone.live();
		await phone.row('Leave by the north door.').getByText('You pressed “I am out”').waitFor();
		assert.equal(await phone.page.getByRole('alertdialog').count(), 0);
	};
	await stays(again);
	await ana.page.reload();
	await stays(ana);
	stage.expectOutage();
	await stage.server.kill();
	await stage.server.start();
	for (const phone of [ana, again]) {
		await phone.page.reload();
		await stays(phone);
	}
});

test('two tabs are one person: both get everything, once counted, and an answer in one is seen in the other', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	const other = new Phone(await stage.tab(ana.page));
	await other.page.goto(stage.server.url);
	await other.live();
	await dashboard.person('Ana Lima').getByText('2 devices').waitFor();
	await hide(other, true);

	await dashboard.say('Fire drill at ten.', { to: 'Everyone', asks: 'Understood' });
	for (const tab of [ana, other]) await button(tab, 'Understood').waitFor();
	await dashboard.open('Fire drill at ten.');
	for (const name of ['Sent', 'Received', 'Read']) await figure(dashboard, name, 1);
	await button(other, 'Understood').click();
	for (const tab of [ana, other]) await tab.page.getByText(/^You pressed “Understood” at/).waitFor();
	await figure(dashboard, 'Confirmed', 1);
	await dashboard.page.getByRole('radio', { name: /^All/ }).check();
	assert.equal(await dashboard.page.locator('#announcement .box tbody tr').count(), 1);

	await ana.write('Which door?');
	await ana.sent('Which door?').waitFor();
	await other.sent('Which door?').waitFor();
	await dashboard.turn('Room');
	await dashboard.say('The north one.', { to: 'Ana' });
	for (const tab of [ana, other]) {
		await tab.row('The north one.').waitFor();
		const texts = await tab.texts();
		assert.deepEqual(texts, ['Fire drill at ten.', 'You: Which door?', 'The north one.']);
	}
	assert.equal(await dashboard.row('Which door?').count(), 1);
});
