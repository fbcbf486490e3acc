import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lossy } from './lossy.mjs';
import { Phone } from './phone.mjs';
import { eventually, PHONE, useStage } from './stage.mjs';

// What others write while a phone is away. They write faster than a person would.
const stage = useStage('-client-rate', '0');

const NUMBERS = Array.from({ length: 30 }, (_, i) => `Number ${i + 1}.`);
const MISSED = { name: /^You missed/ };

/** Ana's phone behind a radio that can fail. */
async function ana(radio) {
	const phone = new Phone(await stage.page({ size: PHONE, touch: true }));
	await phone.page.goto(radio.url);
	await phone.comeIn('Ana Lima');
	return phone;
}

async function goOffline(phone, radio) {
	stage.expectOutage();
	await phone.goOffline(radio);
}

async function missedNumbers(phone) {
	await phone.row('And on we go.').waitFor();
	assert.deepEqual(await phone.texts(), ['Before.', ...NUMBERS, 'And on we go.']);
	const said = phone.page.getByRole('heading', MISSED);
	assert.deepEqual(await said.allTextContents(), ['You missed 30 messages']);
	// It stands above the first of them.
	const above = await phone.page.locator('#since + li .text').textContent();
	assert.equal(above, NUMBERS[0]);
}

test('a phone that was offline while 30 messages went by has each once, and says so once', async () => {
	const radio = await Lossy.before(stage.server.url);
	try {
		const [phone, ben] = [await ana(radio), await stage.wire({ name: 'Ben Okafor', user_id: 'ben' })];
		await ben.post('Before.');
		await phone.row('Before.').waitFor();
		await goOffline(phone, radio);
		for (const text of NUMBERS) await ben.post(text);
		assert.deepEqual(await phone.texts(), ['Before.']);
		await phone.goOnline(radio);
		await phone.live();
		await ben.post('And on we go.');
		await missedNumbers(phone);

		// The page keeps its place: loaded again it has missed nothing, and shows all of it.
		await phone.page.reload();
		await phone.live();
		await ben.post('After the reload.');
		await phone.row('After the reload.').waitFor();
		assert.deepEqual(await phone.texts(), ['Before.', ...NUMBERS, 'And on we go.', 'After the reload.']);
		assert.equal(await phone.page.getByRole('heading', MISSED).count(), 0);
	} finally {
		radio.close();
	}
});

test('the server is killed while a phone is away, and it still misses nothing', async () => {
	const radio = await Lossy.before(stage.server.url);
	try {
		const [phone, dashboard] = [await ana(radio), await stage.dashboard()];
		const first = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
		await first.post('Before.');
		await phone.row('Before.').waitFor();
		await goOffline(phone, radio);
		for (const text of NUMBERS.slice(0, 15)) await first.post(text);
		await stage.server.kill();
		await stage.server.start();
		const second = await stage.wire({ name: 'Cleo Sato', user_id: 'cleo' });
		for (const text of NUMBERS.slice(15)) await second.post(text);
		await phone.goOnline(radio);
		await phone.live();
		await dashboard.live();
		await second.post('And on we go.');
		await missedNumbers(phone);
		await dashboard.row('And on we go.').waitFor();
		assert.equal(await dashboard.row('Number 30.').count(), 1);
	} finally {
		radio.close();
	}
});

test('a page that was closed for a while comes back to what it missed', async () => {
	const phone = await stage.phone('Ana Lima');
	const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
	await ben.post('Before.');
	await phone.row('Before.').waitFor();
	const { page } = phone;
	const later = await stage.tab(page);
	await page.close({ runBeforeUnload: true });
	await eventually(async () => assert.ok(page.isClosed()));
	for (const text of NUMBERS) await ben.post(text);
	const again = new Phone(later);
	await later.goto(stage.server.url);
	await again.live();
	await ben.post('And on we go.');
	await missedNumbers(again);
});
