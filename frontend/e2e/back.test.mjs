import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Phone } from './phone.mjs';
import { eventually, PHONE, useStage } from './stage.mjs';

// The browser's Back, as a phone's key or gesture does it.
const stage = useStage();

/** Ana's phone, which was on another page before. */
async function ana() {
	const phone = new Phone(await stage.page({ size: PHONE, touch: true }));
	await phone.page.goto('about:blank');
	await phone.page.goto(stage.server.url);
	await phone.comeIn('Ana Lima');
	return phone;
}

const back = (phone) => phone.page.evaluate(() => history.back());

async function leaves(phone) {
	await phone.page.goBack();
	assert.equal(phone.page.url(), 'about:blank');
}

test('Back closes what is open and stays in the room; the next one leaves', async () => {
	const phone = await ana();
	for (const open of [phone.switcher, phone.settings]) {
		await open.click();
		await phone.dialog.waitFor();
		await back(phone);
		await phone.dialog.waitFor({ state: 'detached' });
		await phone.live();
	}
	// Closed otherwise, it leaves nothing behind that would have to be gone back from.
	await phone.switcher.click();
	await phone.dialog.getByRole('button', { name: 'Close' }).click();
	await phone.go('General');
	await phone.go('All messages');
	await eventually(async () => assert.equal(await phone.page.evaluate(() => history.state), null));
	await leaves(phone);
});

test('Back works after a reload with something open', async () => {
	const phone = await ana();
	await phone.settings.click();
	await phone.dialog.waitFor();
	await phone.page.reload();
	await phone.live();
	await eventually(async () => assert.equal(await phone.page.evaluate(() => history.state), null));
	await phone.switcher.click();
	await phone.dialog.waitFor();
	await back(phone);
	await phone.dialog.waitFor({ state: 'detached' });
	await leaves(phone);
});

test('Back puts an urgent page off', async () => {
	const phone = await ana();
	await stage.server.verb('broadcast', { message: 'Gas.', title: 'Leave now', priority: 5, ack: 'Understood' });
	const page = phone.page.getByRole('alertdialog');
	await page.waitFor();
	await back(phone);
	await page.waitFor({ state: 'detached' });
	await phone
		.row('Leave now')
		.getByRole('button', { name: /^Understood/ })
		.waitFor();
	await leaves(phone);
});
