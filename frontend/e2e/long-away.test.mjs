import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lossy } from './lossy.mjs';
import { Phone } from './phone.mjs';
import { eventually, PHONE, useStage } from './stage.mjs';

// A phone that missed more than it asks for: the newest come at once, and the rest as somebody gets there.
const stage = useStage('-client-rate', '0');

const MISSED = 300;
const ALARM = 'Gas in bay 3.';
const STOP = 'Stop the line.';
const texts = Array.from({ length: MISSED }, (_, i) => (i === 19 ? ALARM : i === 29 ? STOP : `Number ${i + 1}.`));

/** Resolves with the seq of the urgent message without a button. */
async function sayAll() {
	let stop;
	const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
	for (const text of texts) {
		if (text === ALARM)
			await stage.server.verb('broadcast', { message: text, title: 'Leave bay 3', priority: 5, ack: 'Understood' });
		else if (text === STOP) stop = (await stage.server.verb('broadcast', { message: text, priority: 5 })).seq;
		else await ben.post(text);
	}
	return stop;
}

/** Ana's phone, which was away while all of it was said. */
async function returned(radio) {
	const phone = new Phone(await stage.page({ size: PHONE, touch: true }));
	await phone.page.goto(radio.url);
	await phone.comeIn('Ana Lima');
	const before = await stage.wire({ name: 'Cleo Sato', user_id: 'cleo' });
	await before.post('Before.');
	await phone.row('Before.').waitFor();
	stage.expectOutage();
	await phone.goOffline(radio);
	const stop = await sayAll();
	await phone.goOnline(radio);
	await phone.live();
	return { phone, stop };
}

const isOnScreen = (row) =>
	row.evaluate((element) => {
		const { top, bottom } = element.getBoundingClientRect();
		return top >= 0 && bottom <= innerHeight;
	});
const gaps = (phone) => phone.page.locator('#messages li.gap');

/** Scrolls up until the message from before the absence is there. */
async function scrollToTheBeginning(phone) {
	const list = phone.page.locator('#messages');
	await eventually(async () => {
		await list.evaluate((element) => {
			element.dispatchEvent(new WheelEvent('wheel'));
			element.scrollTop = 0;
		});
		assert.equal(await phone.row('Before.').count(), 1);
	});
}

test('300 messages were missed: the newest are there at once, what waits is asked, and scrolling up brings all', async () => {
	const radio = await Lossy.before(stage.server.url);
	try {
		const { phone, stop } = await returned(radio);
		const { page } = phone;
		// What waits was left out, and takes the page all the same.
		const alarm = page.getByRole('alertdialog');
		await alarm.getByRole('heading', { name: 'Leave bay 3' }).waitFor();
		assert.equal(await phone.row(`Number ${MISSED}.`).count(), 1);
		assert.ok(await isOnScreen(phone.row(`Number ${MISSED}.`)));
		assert.equal(await phone.row('Number 2.').count(), 0);
		const button = alarm.getByRole('button', { name: 'Understood' });
		await eventually(async () => {
			if (await button.isVisible()) await button.click({ timeout: 1_000 }).catch(() => undefined);
			assert.equal(await alarm.count(), 0);
		});

		// The list says that there is more, before it is there, and shows no hole as if it were none.
		await page.getByRole('region', { name: 'Missed further up' }).getByText('You missed more than 20').waitFor();
		assert.match(await page.title(), /^\(\d+\+\) /);
		assert.equal(await gaps(phone).count(), 2);

		// What is urgent and has no button is shown by its strip.
		const strip = page.getByRole('region', { name: 'Urgent, not seen yet' });
		await strip.getByRole('button', { name: 'Show' }).click();
		await strip.waitFor({ state: 'detached' });
		await eventually(async () => assert.ok(await isOnScreen(phone.row(STOP))));

		await scrollToTheBeginning(phone);
		assert.deepEqual(await phone.texts(), ['Before.', ...texts]);
		assert.equal(await gaps(phone).count(), 0);
		const said = page.getByRole('heading', { name: /^You missed/ });
		assert.deepEqual(await said.allTextContents(), [`You missed ${MISSED} messages`]);
		assert.equal(await page.locator('#since + li .text').textContent(), texts[0]);

		// Nothing of it is asked again, nor unread once the list was at its end.
		await page.getByRole('button', { name: 'Jump to the latest' }).click();
		await eventually(async () => assert.equal(await page.title(), 'Belfry'));
		const { seq } = await stage.server.verb('broadcast', { message: 'And on we go.' });
		await phone.row('And on we go.').waitFor();
		const read = async (of) => (await stage.server.verb('receipts', { seqs: [of] })).receipts[0].read;
		await eventually(async () => assert.equal(await read(seq), 1));
		assert.equal(await read(stop), 0, 'the operator is not told that somebody read what they were not sent');
		await page.reload();
		await phone.live();
		await phone.row('And on we go.').waitFor();
		assert.equal(await alarm.count(), 0);
	} finally {
		radio.close();
	}
});
