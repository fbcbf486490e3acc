import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Phone } from './phone.mjs';
import { eventually, PHONE, useStage } from './stage.mjs';

// What was answered or read stays so: after a reload, in another tab, on another device of the same person.
const stage = useStage();

const page = (phone) => phone.page.getByRole('alertdialog');
const strips = (phone) => phone.page.getByRole('region', { name: /not confirmed yet|not seen yet/ });
const say = (message, more = {}) => stage.server.verb('broadcast', { message, priority: 5, ...more });

async function answer(phone, title) {
	const heading = page(phone).getByRole('heading', { name: title });
	await heading.waitFor();
	// A press right after it appears is not counted: it was meant for what was there before. One that was has no button.
	const button = page(phone).getByRole('button', { name: 'Understood' });
	await eventually(async () => {
		if (await button.isVisible()) await button.click({ timeout: 1_000 }).catch(() => undefined);
		assert.equal(await heading.count(), 0);
	});
}

/** Everything is there, and nothing asks, takes the page or counts as unread. */
async function settled(phone) {
	await phone.live();
	await phone
		.row('Gas alarm')
		.getByText(/^You pressed “Understood”/)
		.waitFor();
	await phone.row('Stop the line').waitFor();
	await stage.server.verb('broadcast', { message: 'And on we go.' });
	await phone.row('And on we go.').last().waitFor();
	assert.equal(await page(phone).count(), 0);
	assert.equal(await strips(phone).count(), 0);
	await eventually(async () => assert.equal(await phone.page.title(), 'Belfry'));
}

test('an alarm that was answered is not asked again by a reload, another tab or a page that was thrown away', async () => {
	const ana = await stage.phone('Ana Lima');
	await say('Gas alarm in bay 3.', { title: 'Leave bay 3', ack: 'Understood' });
	await say('Fire in bay 4.', { title: 'Leave bay 4', ack: 'Understood' });
	await say('Stop the line.');
	await answer(ana, 'Leave bay 3');
	await answer(ana, 'Leave bay 4');
	await settled(ana);

	await ana.page.reload();
	await settled(ana);

	const tab = new Phone(await stage.tab(ana.page));
	await tab.page.goto(stage.server.url);
	await settled(tab);

	// Thrown away without a word, as a phone does with a page in the background.
	await ana.page.close();
	const again = new Phone(await stage.tab(tab.page));
	await tab.page.close();
	await again.page.goto(stage.server.url);
	await settled(again);
});

test('an alarm that was answered on one device is not asked on another one of the same person', async () => {
	const ana = await stage.phone('Ana Lima');
	const identity = await ana.page.evaluate(() =>
		Object.entries(localStorage)
			.find(([key]) => key.endsWith('identity'))
			?.map(String),
	);
	const { user_id, token, name } = JSON.parse(identity[1]);
	const other = new Phone(await stage.page({ size: PHONE, touch: true }));
	const link = `${stage.server.url}#${new URLSearchParams({ user_id, token, name })}`;
	await other.page.goto(link);
	await other.live();
	await say('Gas alarm in bay 3.', { title: 'Leave bay 3', ack: 'Understood' });
	await say('Stop the line.');
	await page(other).waitFor();
	await answer(ana, 'Leave bay 3');
	await page(other).waitFor({ state: 'detached' });
	await settled(other);

	// A third one knows what happened before it came from history alone.
	const third = new Phone(await stage.page({ size: PHONE, touch: true }));
	await third.page.goto(link);
	await settled(third);
	await third.page.reload();
	await settled(third);
});

test('what is unread is still unread after a reload', async () => {
	const ana = await stage.phone('Ana Lima');
	await ana.go('General');
	await stage.server.verb('broadcast', { message: 'Only for you.', user_id: await me(ana) });
	await eventually(async () => assert.equal(await ana.page.title(), '(1) Belfry'));
	await ana.page.evaluate(() => dispatchEvent(new Event('pagehide')));
	const kept = () => ana.page.evaluate(() => Object.values(localStorage).join().includes('"unread":[1]'));
	await eventually(async () => assert.ok(await kept()));
	const tab = new Phone(await stage.tab(ana.page));
	await tab.page.addInitScript(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
	await tab.page.goto(stage.server.url);
	await tab.live();
	await eventually(async () => assert.equal(await tab.page.title(), '(1) Belfry'));
});

async function me(phone) {
	const { clients } = await stage.server.verb('clients');
	const name = await phone.page.evaluate(() => document.querySelector('textarea').placeholder.replace('Write as ', ''));
	return clients.find((client) => client.name === name).user_id;
}

test('what is open asks a further device that joins by link too, once, and nobody who came later', async () => {
	const ana = await stage.phone('Ana Lima');
	await say('Gas alarm in bay 3.', { title: 'Leave bay 3', ack: 'Understood' });
	await say('Wear your helmets.', { priority: 3, ack: 'I do' });
	for (let i = 0; i < 60; i++) await stage.server.verb('broadcast', { message: `Notice ${i}` });
	await page(ana).getByRole('heading', { name: 'Leave bay 3' }).waitFor();

	const { user_id, token, name } = await ana.page.evaluate(() => JSON.parse(localStorage.getItem('belfry.identity')));
	const tablet = new Phone(await stage.page({ size: PHONE, touch: true }));
	await tablet.page.goto(`${stage.server.url}#${new URLSearchParams({ user_id, token, name })}`);
	await page(tablet).getByRole('heading', { name: 'Leave bay 3' }).waitFor();
	await answer(tablet, 'Leave bay 3');
	await page(ana).waitFor({ state: 'detached' });
	await tablet.page.reload();
	await tablet.live();
	assert.equal(await page(tablet).count(), 0);

	const late = await stage.phone('Ben Okafor');
	await late.row('Notice 59').waitFor();
	assert.equal(await page(late).count(), 0);
});
