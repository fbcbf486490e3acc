import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lossy } from './lossy.mjs';
import { Phone } from './phone.mjs';
import { eventually, PHONE, useStage } from './stage.mjs';

const stage = useStage();
const SECRET = 'The code is 4711.';

const withdrawn = (phone, n) =>
	eventually(async () => assert.equal(await phone.page.getByText('Deleted by the operator').count(), n));
const gone = (page) => page.getByText(SECRET).waitFor({ state: 'detached' });

test('a withdrawn message is gone from every page, from those that come back, and from history and search', async () => {
	const radio = await Lossy.before(stage.server.url);
	try {
		const [dashboard, ana] = [await stage.dashboard(), await stage.phone('Ana Lima')];
		const ben = new Phone(await stage.page({ size: PHONE, touch: true }));
		await ben.page.goto(radio.url);
		await ben.comeIn('Ben Okafor');
		await dashboard.say(SECRET, { to: 'Everyone', title: 'For the door' });
		await ana.row(SECRET).waitFor();
		await ben.row(SECRET).waitFor();
		await ana.reply(SECRET, 'Thank you.');
		await dashboard.row('Thank you.').locator('.quote', { hasText: SECRET }).waitFor();

		stage.expectOutage();
		await ben.goOffline(radio);
		await dashboard.withdraw(SECRET);
		await gone(ana.page);
		await gone(dashboard.page);
		await withdrawn(ana, 2); // itself, and in the quote
		await ben.row(SECRET).waitFor();

		await ben.goOnline(radio);
		await ben.live();
		await gone(ben.page);
		await withdrawn(ben, 1);
		for (const phone of [ana, ben]) {
			await phone.page.reload();
			await phone.live();
			assert.equal(await phone.page.getByText(SECRET).count(), 0);
			assert.equal(await phone.page.getByText('For the door').count(), 0);
		}
		// Who has never been here is told nothing of it either.
		const cleo = await stage.phone('Cleo Sato');
		await dashboard.say('And on we go.');
		for (const phone of [ana, ben, cleo]) await phone.row('And on we go.').waitFor();
		assert.equal(await cleo.page.getByText(SECRET).count(), 0);

		await dashboard.page.reload();
		await dashboard.live();
		await dashboard.row('And on we go.').waitFor();
		assert.equal(await dashboard.page.getByText(SECRET).count(), 0);
		await dashboard.turn('Search');
		const field = dashboard.page.getByLabel('Search the log');
		await field.fill('4711');
		await dashboard.page.getByRole('status').getByText('Nothing found').waitFor();
		await field.fill('thank');
		await dashboard.page.getByRole('status').getByText('1 message').waitFor();
	} finally {
		radio.close();
	}
});

test('what a person wrote can be withdrawn too, and is gone from their own page', async () => {
	const [dashboard, ana] = [await stage.dashboard(), await stage.phone('Ana Lima')];
	await ana.write(SECRET, 'general');
	await ana.sent(SECRET).waitFor();
	await dashboard.withdraw(SECRET);
	await gone(dashboard.page);
	await gone(ana.page);
	await withdrawn(ana, 1);
});
