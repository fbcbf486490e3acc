import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

const stage = useStage('-client-rate', '0', '-max-per-address', '0');
const CROWD = 2_000;

test('two thousand people who talk: lists and counts keep up, and the page stays at hand', async () => {
	const dashboard = await stage.dashboard();
	const crowd = [];
	while (crowd.length < CROWD) {
		const batch = Array.from({ length: 100 }, (_, i) => crowd.length + i);
		crowd.push(
			...(await Promise.all(
				batch.map((i) => stage.wire({ name: `Person ${String(i).padStart(4, '0')}`, user_id: `crowd-${i}` })),
			)),
		);
	}
	await eventually(async () => assert.equal(await dashboard.figure('here').innerText(), '2,000'));
	await dashboard.page.getByRole('tab', { name: 'People 2,000' }).waitFor();

	let said = 0;
	const talk = setInterval(() => crowd[said % CROWD].notify(`Word ${++said}`), 50);
	try {
		await dashboard.row('Word 20').first().waitFor();
		const find = dashboard.page.getByLabel('Find a person');
		await find.fill('Person 1999');
		await dashboard.person('Person 1999').waitFor();
		assert.equal(await dashboard.people.count(), 1);
		await find.fill('');
		await dashboard.page.getByLabel('Sort people by').selectOption('messages');
		await dashboard.page.getByRole('group', { name: 'List of people' }).hover();
		await dashboard.page.mouse.wheel(0, 30_000);
		await dashboard.people.first().waitFor();
		assert.ok((await dashboard.people.count()) < 100, 'only who is in sight is drawn');

		await dashboard.page.locator('#messages').hover();
		await dashboard.page.mouse.wheel(0, -400);
		await dashboard.page.getByRole('button', { name: /^Jump to the latest/ }).click();
		await dashboard.page.getByRole('button', { name: /^Jump to the latest/ }).waitFor({ state: 'detached' });

		await dashboard.text.fill('To all two thousand');
		const heard = new Promise((done) => (crowd[1_234].onmessage = done));
		await dashboard.send.click();
		await heard;
		await dashboard.row('To all two thousand').waitFor();
	} finally {
		clearInterval(talk);
	}
	for (const wire of crowd.splice(0, 1_000)) wire.close();
	await eventually(async () => assert.equal(await dashboard.figure('here').innerText(), '1,000'));
});
