import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from './checks.mjs';
import { Lossy } from './lossy.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const LONG =
	'Do not go through bay 2: the gate is closed. If someone cannot walk, stay with them and call for help. '.repeat(7);
const SIZES = [
	[320, 568],
	[390, 844],
	[568, 320],
	[844, 390],
	[1280, 800],
];

const say = (message, title = 'Leave bay 3 now') =>
	stage.server.verb('broadcast', { message, title, priority: 5, ack: 'Understood' });
const acked = async () => (await stage.server.verb('receipts', { seqs: [await last()] })).receipts[0].acked;
const last = async () => (await stage.server.verb('history', { limit: 1 })).messages.at(-1).seq;

/** Where things are: whether the button is wholly in sight, and how far the text scrolls. */
async function sight(page) {
	await settled(page);
	return page.evaluate(() => {
		const dialog = document.querySelector('[role=alertdialog]');
		const box = dialog.querySelector('.understood').getBoundingClientRect();
		const scroll = dialog.querySelector('[role=group]');
		return {
			button: box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth && box.height >= 44,
			hidden: scroll.scrollHeight - scroll.clientHeight > 4,
			room: scroll.clientHeight,
			hint: getComputedStyle(dialog.querySelector('.below')).visibility === 'visible',
		};
	});
}

test('the button of an urgent message is in sight at every size, and more of the text is said to be below', async () => {
	const phone = await stage.phone('Ana Lima');
	const { page } = phone;
	await say(LONG);
	const text = page.getByRole('group', { name: 'Message' });
	await text.waitFor();
	for (const size of ['100%', '200%']) {
		await page.evaluate((to) => (document.documentElement.style.fontSize = to), size);
		for (const [width, height] of SIZES) {
			await page.setViewportSize({ width, height });
			const where = `${width}x${height} at ${size}`;
			await eventually(async () => {
				const { button, hidden, room, hint } = await sight(page);
				assert.ok(button, `the button at ${where}`);
				assert.ok(room > 60, `${room} px for the text at ${where}`);
				assert.equal(hint, hidden, `the hint at ${where}`);
			});
		}
	}
	await page.setViewportSize({ width: 390, height: 844 });
	await text.evaluate((element) => element.scrollTo(0, element.scrollHeight));
	await eventually(async () => assert.equal((await sight(page)).hint, false, 'nothing more below'));
	assert.ok((await sight(page)).button);
});

test('several urgent messages come one after the other, and say which one this is', async () => {
	const phone = await stage.phone('Ana Lima');
	await say('Gas alarm.', 'Leave bay 3 now');
	const page = (title) => phone.page.getByRole('alertdialog', { name: title });
	await page('Leave bay 3 now').waitFor();
	await say('Fire.', 'Leave bay 4 now');
	await page('Leave bay 3 now').getByText('1 of 2').waitFor();
	const understood = phone.page.getByRole('button', { name: 'Understood', exact: true });
	await eventually(async () => {
		await understood.click();
		await page('Leave bay 4 now').getByText('2 of 2').waitFor({ timeout: 500 });
	});
	await eventually(async () => {
		await understood.click();
		await page('Leave bay 4 now').waitFor({ state: 'detached', timeout: 500 });
	});
});

test('no slip acknowledges: not the press that was under way, nor the key, nor one held from then on', async () => {
	const phone = await stage.phone('Ana Lima', { touch: false });
	const { page } = phone;
	const button = page.getByRole('button', { name: 'Understood', exact: true });
	/** Appears anew, as when an alarm comes while somebody presses or types. */
	const appear = () =>
		page.evaluate(() => {
			document.dispatchEvent(new Event('visibilitychange'));
		});
	await say('Gas alarm.');
	await button.waitFor();
	const box = await button.boundingBox();

	await appear();
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	await page.mouse.down();
	const began = await page.evaluate(() => performance.now());
	await page.waitForFunction((from) => performance.now() > from + 1_000, began);
	await page.mouse.up();
	await appear();
	await button.focus();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Space');
	await appear();
	await page.keyboard.down('Space');
	const held = await page.evaluate(() => performance.now());
	await page.waitForFunction((from) => performance.now() > from + 1_000, held);
	await page.keyboard.up('Space');
	assert.equal(await acked(), 0);

	await page.keyboard.press('Enter');
	await button.waitFor({ state: 'detached' });
	await eventually(async () => assert.equal(await acked(), 1));
});

test('pressed without a connection the answer says that it will be sent, and is', async () => {
	const radio = await Lossy.before(stage.server.url);
	stage.expectOutage();
	const phone = await stage.phone();
	await phone.page.goto(radio.url);
	await phone.comeIn('Ana Lima');
	await say('Gas alarm.');
	const page = phone.page.getByRole('alertdialog');
	await page.waitFor();
	await phone.goOffline(radio);
	const press = page.getByRole('button', { name: 'Understood', exact: true });
	await eventually(async () => {
		// A press while the page has just appeared counts for nothing.
		if (await press.isVisible()) await press.click({ timeout: 500 });
		await press.waitFor({ state: 'detached', timeout: 500 });
	});
	await page.getByRole('button', { name: 'Understood, will be sent' }).waitFor();
	await page.getByText('Your answer is sent automatically').waitFor();
	await phone.goOnline(radio);
	await page.waitFor({ state: 'detached' });
	await eventually(async () => assert.equal(await acked(), 1));
	radio.close();
});

test('a double press on a strip answers one message, not the next one too', async () => {
	const ana = await stage.phone('Ana Lima', { size: { width: 390, height: 844 } });
	const dialog = ana.page.getByRole('alertdialog');
	const seqs = [];
	for (const title of ['Leave bay 3 now', 'Leave bay 4 now']) {
		await say('By the north door.', title);
		seqs.push(await last());
		await dialog.getByText(title).first().waitFor();
		await ana.page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	}
	// Something to scroll past, so that neither is answered in the list.
	for (let i = 0; i < 30; i++) await stage.server.verb('broadcast', { message: `Count ${i}` });
	await ana.row('Count 29').waitFor();
	const strip = ana.page.getByRole('region', { name: 'Urgent, not confirmed yet' });
	await strip.getByText('and 1 more').waitFor();
	await strip.getByRole('button', { name: 'Understood' }).dblclick();
	await strip.getByText('Leave bay').waitFor();
	const counts = async () => (await stage.server.verb('receipts', { seqs })).receipts.map((one) => one.acked);
	await eventually(async () => assert.deepEqual((await counts()).sort(), [0, 1]));
	await strip.getByRole('button', { name: 'Understood' }).click();
	await eventually(async () => assert.deepEqual(await counts(), [1, 1]));
});
