import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, everyWidth } from './checks.mjs';
import { useStage } from './stage.mjs';

const stage = useStage();

const NAME = 'Maximilian Wolfeschlegelsteinhausenbergerdorff';

for (const [name, check] of [
	['fit every width, and text of double size', everyWidth],
	['break no rule of axe, light or dark', accessible],
]) {
	test(`who waits: strips, an answer, a conversation and an open announcement ${name}`, async () => {
		const dashboard = await stage.dashboard();
		const { page } = dashboard;
		const found = [];
		const look = async (state) => void found.push(...(await check(page, state)));
		const max = await stage.wire({ name: NAME, user_id: 'max' });
		const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
		await dashboard.person(NAME).waitFor();
		await stage.server.verb('broadcast', { message: 'Leave bay 3 now.', priority: 5, ack: 'I am out' });
		await dashboard.row('Leave bay 3 now.').getByText('2 have not confirmed').waitFor();
		max.notify('The gate is stuck, and nobody here has the key for it. What shall we do with the lorries outside?');
		await dashboard.row('The gate is stuck').getByText('waiting for your answer').waitFor();
		await look('waiting in the feed');
		await dashboard
			.row('The gate is stuck')
			.getByRole('button', { name: `Answer ${NAME}` })
			.click();
		await page
			.getByRole('log', { name: `Conversation with ${NAME}` })
			.getByText('The gate is stuck')
			.waitFor();
		await page.getByRole('textbox', { name: `Message to ${NAME} only` }).fill('Wait there.\nI am coming with the key.');
		await look('conversation');
		await page.getByRole('button', { name: 'Back to people' }).click();
		await ana.post(`${'And so on.\n'.repeat(35)}End`);
		await page.getByRole('region', { name: 'Open announcement' }).waitFor();
		await look('strip of an announcement');

		await stage.server.verb('set_access', { access: 'approval' });
		await dashboard.turn('Settings');
		const knock = await stage.wire();
		const waits = knock.heard('waiting');
		knock.say({ action: 'hello', name: `${NAME} II`, user_id: 'the-second', token: 'a-token-of-the-second' });
		await waits;
		max.notify('I need help at bay 3, please come at once and bring the other key with you.');
		ana.notify('Me too.');
		const strips = page.getByRole('region', { name: 'Waiting for you' });
		await strips.getByText('is waiting to join').waitFor();
		await strips.getByText('and 1 more is waiting').waitFor();
		await look('strips');
		await strips.getByRole('button', { name: `Answer ${NAME}` }).click();
		await strips.getByRole('textbox').fill('Coming.');
		await look('answering');
		await strips.getByRole('button', { name: 'Cancel' }).click();
		await dashboard.open('Leave bay 3 now.');
		await page.getByRole('button', { name: 'Close announcement' }).click();
		await page.getByRole('button', { name: 'Reopen announcement' }).waitFor();
		await look('closed announcement');
		assert.deepEqual(found, []);
	});
}

test('in a narrow window a call is read whole, and its counts stand beside the icon', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
	await dashboard.turn('Settings');
	await stage.server.verb('set_access', { access: 'approval' });
	const knock = await stage.wire();
	knock.say({ action: 'hello', name: 'Tomasz', user_id: 'tomasz', token: 'a-token-of-tomasz' });
	ana.notify('I need help at bay 3. The gate does not close, and two lorries are waiting.');
	await page.setViewportSize({ width: 360, height: 640 });
	const strips = page.getByRole('region', { name: 'Waiting for you' });
	const words = strips.locator('.words', { hasText: 'two lorries are waiting' });
	await strips.getByText('Tomasz').waitFor();
	await words.waitFor();
	assert.ok(await words.evaluate((at) => at.scrollWidth <= at.clientWidth && at.scrollHeight <= at.clientHeight));
	const nav = page.getByRole('navigation', { name: 'Pages' });
	const room = nav.getByRole('button', { name: /^Room/ });
	const icon = await room.locator('> .icon').boundingBox();
	const counts = await room.locator('.counts').boundingBox();
	assert.ok(counts.x >= icon.x + icon.width - 4, `${counts.x} on ${icon.x}`);
	const next = await page
		.getByRole('button', { name: /^Announcements/ })
		.locator('> .icon')
		.boundingBox();
	assert.ok(counts.x + counts.width <= next.x, `${counts.x + counts.width} on ${next.x}`);
});
