import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dashboard } from './dashboard.mjs';
import { Lossy } from './lossy.mjs';
import { Phone } from './phone.mjs';
import { eventually, PHONE, useStage } from './stage.mjs';

const stage = useStage();

const count = (locator, n) => eventually(async () => assert.equal(await locator.count(), n));

test('a killed server comes back, and what was written meanwhile arrives once', async () => {
	const dashboard = await stage.dashboard();
	const phones = await Promise.all(['Ana Lima', 'Ben Okafor', 'Cleo Sato'].map((name) => stage.phone(name)));
	const [ana, ben] = phones;
	await ana.write('Before it went.', 'general');
	await dashboard.row('Before it went.').waitFor();
	await ana.text.fill('Half a sent');

	stage.expectOutage();
	await stage.server.kill();
	for (const phone of phones) await phone.state('Offline').waitFor();
	await dashboard.page.getByRole('heading', { name: 'No connection to Belfry' }).waitFor();
	assert.equal(await ana.text.inputValue(), 'Half a sent');
	await ana.write('Written in the dark.', 'general');
	await ana.own('Written in the dark.', 'Not sent yet').waitFor();
	await dashboard.say('Kept by the operator.');
	await dashboard.page.getByText('1 waiting').waitFor();

	await stage.server.start();
	for (const phone of phones) await phone.live();
	await dashboard.live();
	await ana.sent('Written in the dark.').waitFor();
	await dashboard.row('Written in the dark.').waitFor();
	await dashboard.row('Kept by the operator.').waitFor();
	await dashboard.page.getByText('1 waiting').waitFor({ state: 'detached' });

	// One more message passes all that could still be on its way. A phone that came back after the others may have
	// missed what they sent, but has nothing twice.
	await ana.write('And on we go.', 'general');
	for (const page of [dashboard, ...phones]) {
		await page.row('And on we go.').waitFor();
		assert.ok((await page.row('Written in the dark.').count()) <= 1);
		assert.ok((await page.row('Kept by the operator.').count()) <= 1);
	}
	await count(ana.row('Written in the dark.'), 1);
	await count(ben.row('Before it went.'), 1);
});

test('what waits survives that the page is loaded again', async () => {
	const ana = await stage.phone('Ana Lima');
	stage.expectOutage();
	await stage.server.kill();
	await ana.state('Offline').waitFor();
	await ana.write('Do not lose this.');
	await ana.text.fill('Nor that');
	await ana.own('Do not lose this.', 'Not sent yet').waitFor();
	await stage.server.start();
	await ana.page.reload();
	await ana.live();
	await ana.sent('Do not lose this.').waitFor();
	assert.equal(await ana.text.inputValue(), 'Nor that');
	const dashboard = await stage.dashboard();
	await count(dashboard.row('Do not lose this.'), 1);
});

test('an answer that was lost on the way doubles nothing', async () => {
	const lossy = await Lossy.before(stage.server.url);
	try {
		const [dashboard, ben] = [await stage.dashboard(), await stage.phone('Ben Okafor')];
		const ana = new Phone(await stage.page());
		await ana.page.goto(lossy.url);
		await ana.comeIn('Ana Lima');
		stage.expectOutage();
		lossy.silence();
		await ana.write('Only once.', 'general');
		await dashboard.row('Only once.').waitFor();
		await ana.own('Only once.', 'Sending').waitFor();
		lossy.cut();
		await ana.sent('Only once.').waitFor();
		await ana.write('The next one.', 'general');
		for (const page of [ana, ben, dashboard]) {
			await page.row('The next one.').waitFor();
			await count(page.row('Only once.'), 1);
		}
	} finally {
		lossy.close();
	}
});

test('a broadcast whose answer was lost goes out once', async () => {
	const lossy = await Lossy.before(stage.server.url);
	try {
		const ana = await stage.phone('Ana Lima');
		const dashboard = new Dashboard(await stage.page());
		await dashboard.page.goto(new URL(`/server${new URL(stage.server.dashboardUrl).hash}`, lossy.url).href);
		await dashboard.live();
		stage.expectOutage();
		lossy.silence();
		await dashboard.say('Only once.');
		await ana.row('Only once.').waitFor();
		lossy.cut();
		await dashboard.live();
		await dashboard.row('Only once.').waitFor();
		await dashboard.say('The next one.');
		await ana.row('The next one.').waitFor();
		await dashboard.row('The next one.').waitFor();
		await count(ana.row('Only once.'), 1);
		await count(dashboard.row('Only once.'), 1);
	} finally {
		lossy.close();
	}
});

test('a phone without network says so, keeps what is written, and is back by itself', async () => {
	const lossy = await Lossy.before(stage.server.url);
	try {
		const dashboard = await stage.dashboard();
		const ana = new Phone(await stage.page({ size: PHONE, touch: true }));
		await ana.page.goto(lossy.url);
		await ana.comeIn('Ana Lima');
		stage.expectOutage();
		await ana.goOffline(lossy);
		await ana.page.getByText('This device is not on a network.').waitFor();
		await ana.write('From the lift.');
		await ana.own('From the lift.', 'Not sent yet').waitFor();
		await ana.goOnline(lossy);
		await ana.live();
		await ana.sent('From the lift.').waitFor();
		await dashboard.row('From the lift.').waitFor();
		await count(dashboard.row('From the lift.'), 1);
		await count(ana.row('From the lift.'), 1);
	} finally {
		lossy.close();
	}
});

test('many messages written while away go out at the pace the server asks for', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	stage.expectOutage();
	await stage.server.kill();
	await ana.state('Offline').waitFor();
	const texts = Array.from({ length: 32 }, (_, i) => `Note ${i + 1}.`);
	for (const text of texts) {
		await ana.text.fill(text);
		await ana.text.press('Control+Enter');
	}
	await ana.own('Note 32.', 'Not sent yet').waitFor();
	await stage.server.start();
	await ana.sent('Note 32.').waitFor();
	await dashboard.live();
	await dashboard.row('Note 32.').waitFor();
	const sent = await ana.page.locator('#messages li.mine .text').allTextContents();
	assert.deepEqual(
		sent.map((text) => text.trim()),
		texts.map((text) => `You: ${text}`),
	);
});
