// Two tabs of one browser share its storage: neither overwrites, nor loses, what is written in the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dashboard } from './dashboard.mjs';
import { Phone } from './phone.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const holds = (field, text) => eventually(async () => assert.equal(await field.inputValue(), text));

/** Another tab of a page's browser, at an address; from: what makes a page object of it. */
async function tab(page, address, from) {
	const other = await stage.tab(page);
	await other.goto(address);
	return from(other);
}

test('two tabs of a phone have a draft each, and the next tab has what one of them left', async () => {
	const first = await stage.phone('Ana Lima');
	await first.text.fill('From the first tab');
	const open = () => tab(first.page, stage.server.url, (page) => new Phone(page));
	const second = await open();
	await holds(second.text, '');
	await second.text.fill('From the second tab');
	for (const phone of [first, second]) await phone.page.reload();
	await holds(first.text, 'From the first tab');
	await holds(second.text, 'From the second tab');
	await second.page.close({ runBeforeUnload: true });
	const third = await open();
	await holds(third.text, 'From the second tab');
	await third.send.click();
	await third.page.getByText('From the second tab').waitFor();
	await holds(first.text, 'From the first tab');
});

test('the draft of a tab that is gone without a word comes back, that of a tab which is there does not', async () => {
	const first = await stage.phone('Ana Lima');
	await first.text.fill('Still being written');
	await first.page.evaluate(() => {
		localStorage.setItem(
			'belfry.draft.gone',
			JSON.stringify({ value: { text: 'Of a tab that crashed', to: '' }, at: 5 }),
		);
	});
	const second = await tab(first.page, stage.server.url, (page) => new Phone(page));
	await holds(second.text, 'Of a tab that crashed');
	await holds(first.text, 'Still being written');
});

test('what two tabs of a phone acknowledge without a connection is confirmed, whichever of them is left', async () => {
	stage.expectOutage();
	const first = await stage.phone('Ana Lima');
	for (const message of ['Drill at ten', 'Lunch at one']) {
		await stage.server.verb('broadcast', { message, ack: 'Understood' });
		await first.page.getByText(message).waitFor();
	}
	const second = await tab(first.page, stage.server.url, (page) => new Phone(page));
	const button = (phone, text) => phone.row(text).getByRole('button', { name: 'Understood' });
	await button(second, 'Lunch at one').waitFor();
	await stage.server.end();
	for (const [phone, text] of [
		[first, 'Drill at ten'],
		[second, 'Lunch at one'],
	]) {
		await phone.page
			.getByText(/does not answer|not on a network|No connection/i)
			.first()
			.waitFor();
		await button(phone, text).click();
	}
	await first.page.goto('about:blank');
	await second.page.goto('about:blank');
	await stage.server.start();
	await first.page.goto(stage.server.url);
	await eventually(async () => {
		const { receipts } = await stage.server.verb('receipts', { seqs: [1, 2] });
		assert.deepEqual(
			receipts.map(({ acked }) => acked),
			[1, 1],
		);
	});
});

test('two dashboards of one browser have a draft each, and each can take back what it holds', async () => {
	await stage.server.verb('set_settings', { undo_seconds: 30 });
	const first = await stage.dashboard();
	for (const id of ['ana', 'ben']) await stage.wire({ name: id, user_id: id });
	const second = await tab(first.page, new URL('/server', stage.server.url).href, (page) => new Dashboard(page));
	await second.live();
	await first.text.fill('Draft of the first');
	await second.text.fill('Draft of the second');
	for (const dashboard of [first, second]) await dashboard.page.reload();
	await holds(first.text, 'Draft of the first');
	await holds(second.text, 'Draft of the second');
	for (const dashboard of [first, second]) {
		await dashboard.send.click();
		await dashboard.page.getByRole('button', { name: 'Undo' }).waitFor();
	}
	await first.page.reload();
	await second.page.reload();
	await holds(first.text, 'Draft of the first');
	await holds(second.text, 'Draft of the second');
	assert.equal((await stage.server.verb('state')).seq, 0);
});
