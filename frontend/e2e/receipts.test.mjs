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

const figure = (desk, name, n) =>
	eventually(async () => assert.equal(await desk.gauge(name).locator('.n').textContent(), String(n)));

const button = (phone, words) => phone.page.getByRole('button', { name: new RegExp(`^${words}: answer to`) });

test('sent, received, read and acknowledged appear by themselves, with their names', async () => {
	const desk = await stage.desk();
	const [ana, ben] = [await stage.phone('Ana Lima'), await stage.phone('Ben Okafor')];
	const away = await stage.phone('Cleo Sato');
	await away.page.close();
	await desk.page.locator('#people .person.away').filter({ hasText: 'Cleo Sato' }).waitFor();
	await hide(ben, true);
	await desk.say('The lift is out of order.', { to: 'Everyone', asks: 'I know' });
	await desk.open('The lift is out of order.');
	await figure(desk, 'Sent', 3);
	await figure(desk, 'Received', 2);
	await figure(desk, 'Read', 1);
	await figure(desk, 'I know', 0);
	await desk.page.getByText('2 were connected then, 1 away.').waitFor();

	await button(ana, 'I know').click();
	await ana.page.getByText(/^You pressed “I know” at/).waitFor();
	await figure(desk, 'I know', 1);
	await hide(ben, false);
	await figure(desk, 'Read', 2);

	const listed = async (...expected) =>
		eventually(async () => {
			const found = await desk.page.locator('#announcement .box tbody tr').allTextContents();
			assert.deepEqual(
				found.map((row) => expected.find((name) => row.includes(name))),
				expected,
			);
		});
	await listed('Cleo Sato', 'Ben Okafor');
	await desk.page.getByRole('radio', { name: /^I know/ }).check();
	await listed('Ana Lima');

	// One press writes to just those who have not.
	await desk.page.getByRole('radio', { name: /^Not pressed “I know” yet/ }).check();
	await desk.page.getByRole('button', { name: 'Send to these 2' }).click();
	await desk.page.getByText('Written to 2.').waitFor();
	await ben.row('Please read this and press “I know”.').getByText('to you only').waitFor();
	await desk.turn('Room');
	await desk.say('And on we go.', { to: 'Everyone' });
	await ana.row('And on we go.').waitFor();
	assert.equal(await ana.row('Please read this and press').count(), 0);

	// After a kill it all still stands.
	stage.expectOutage();
	await stage.server.kill();
	await stage.server.start();
	await desk.page.reload(); // sooner than it would come back by itself
	await desk.live();
	await desk.open('The lift is out of order.');
	for (const [name, n] of Object.entries({ Sent: 3, Received: 2, Read: 2, 'I know': 1 })) await figure(desk, name, n);
});

test('who has not answered is reminded, and is not when the operator stops it', async () => {
	const desk = await stage.desk();
	const [ana, ben] = [await stage.phone('Ana Lima'), await stage.phone('Ben Okafor')];
	for (const text of ['Wear your helmets.', 'Close the windows.']) {
		await desk.say(text, { asks: 'Understood', times: 3 });
		await ana.row(text).waitFor();
		await ben.row(text).waitFor();
	}
	await ana
		.row('Wear your helmets.')
		.getByRole('button', { name: /^Understood/ })
		.click();
	await ana.page.getByText(/^You pressed “Understood”/).waitFor();
	await desk.open('Close the windows.');
	await desk.page.getByText('Every minute to whoever has not understood, 3 more times at most.').waitFor();
	await desk.page.getByRole('button', { name: 'Stop repeating' }).click();
	await desk.page.getByRole('heading', { name: 'Repeats by itself' }).waitFor({ state: 'detached' });

	// The minute is over while the server is away: when it is back, both would be due at once.
	stage.expectOutage();
	await stage.server.end();
	await stage.server.patchLog((bytes) => bytes.replace(/("next":)\d{13}/g, '$11000000000000'));
	await stage.server.start();
	// Loaded again they are there sooner than by themselves, and before the first reminder is due.
	await Promise.all([ana, ben, desk].map(({ page }) => page.reload()));
	for (const phone of [ana, ben]) await phone.live();
	// Out of sight, what is asked for again is brought into it.
	await ben.go('general');
	const strip = ben.page.getByRole('region', { name: 'Asked again, not answered yet' });
	await strip.getByText('Wear your helmets.').waitFor();
	await desk.live();
	await desk.open('Wear your helmets.');
	await desk.page.getByText('Every minute to whoever has not understood, 2 more times at most.').waitFor();
	assert.equal(await ben.page.getByText('and 1 more').count(), 0);
	assert.equal(await ana.page.getByRole('region', { name: 'Asked again, not answered yet' }).count(), 0);

	await strip.getByRole('button', { name: 'Understood' }).click();
	await strip.waitFor({ state: 'detached' });
	await figure(desk, 'Understood', 2);
	await desk.page.getByRole('heading', { name: 'Repeats by itself' }).waitFor({ state: 'detached' });
});

test('an urgent message that asks takes the page until it is answered', async () => {
	const desk = await stage.desk();
	const ana = await stage.phone('Ana Lima');
	await desk.say('Leave by the north door.', { title: 'Leave now', priority: 'Urgent', asks: 'I am out' });
	const page = ana.page.getByRole('alertdialog', { name: 'Leave now' });
	await page.getByText('Leave by the north door.').waitFor();
	await desk.open('Leave now');
	await figure(desk, 'Read', 1);
	// A press within the first moment was meant for something else.
	await eventually(async () => {
		const press = page.getByRole('button', { name: 'I am out' });
		if (await press.isVisible()) await press.click({ timeout: 500 }).catch(() => {});
		assert.equal(await page.count(), 0);
	});
	await figure(desk, 'I am out', 1);
});

test('two tabs are one person: both get everything, once counted, and an answer in one is seen in the other', async () => {
	const desk = await stage.desk();
	const ana = await stage.phone('Ana Lima');
	const other = new Phone(await stage.tab(ana.page));
	await other.page.goto(stage.server.url);
	await other.live();
	await eventually(async () => assert.equal(await desk.figure('clients').innerText(), '2'));
	await hide(other, true);

	await desk.say('Fire drill at ten.', { to: 'Everyone', asks: 'Understood' });
	for (const tab of [ana, other]) await button(tab, 'Understood').waitFor();
	await desk.open('Fire drill at ten.');
	for (const name of ['Sent', 'Received', 'Read']) await figure(desk, name, 1);
	await button(other, 'Understood').click();
	for (const tab of [ana, other]) await tab.page.getByText(/^You pressed “Understood” at/).waitFor();
	await figure(desk, 'Understood', 1);
	await desk.page.getByRole('radio', { name: /^All/ }).check();
	assert.equal(await desk.page.locator('#announcement .box tbody tr').count(), 1);

	await ana.write('Which door?');
	await ana.own('Which door?', 'Sent').waitFor();
	await other.own('Which door?', 'Sent').waitFor();
	await desk.turn('Room');
	await desk.say('The north one.', { to: 'Ana' });
	for (const tab of [ana, other]) {
		await tab.row('The north one.').waitFor();
		const texts = await tab.texts();
		assert.deepEqual(texts, ['Fire drill at ten.', 'You: Which door?', 'The north one.']);
	}
	assert.equal(await desk.row('Which door?').count(), 1);
});
