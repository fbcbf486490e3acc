import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, everyWidth } from './checks.mjs';
import { Dashboard } from './dashboard.mjs';
import { LAPTOP, useStage } from './stage.mjs';
import { fill, walkDashboard, walkDoor, walkPhone } from './states.mjs';

const stage = useStage();

for (const [name, check] of [
	['fit every width from 360 to 1920, and text of double size', everyWidth],
	['break no rule of axe, light or dark', accessible],
]) {
	test(`the states of the client page ${name}`, async () => {
		const dashboard = await stage.dashboard();
		await dashboard.createTopic('Maintenance and repairs of hall 2', 'Only you');
		const phone = await stage.phone();
		const found = [];
		const look = async (state) => void found.push(...(await check(phone.page, state)));
		await walkPhone(phone, dashboard, look);
		stage.expectOutage();
		await stage.server.kill();
		await phone.state('Offline').waitFor();
		await phone.write('Written meanwhile.');
		await look('not connected');
		await stage.server.start();
		await phone.live();
		await dashboard.live();
		await dashboard.disconnect('Ana Maria', 'Please bring your badge first.');
		await phone.page.getByRole('heading', { name: 'You have been removed' }).waitFor();
		await look('removed');
		assert.deepEqual(found, []);
	});

	test(`the states before the room ${name}`, async () => {
		await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
		const phone = await stage.phone();
		stage.expectOutage(); // a full room
		const found = [];
		await walkDoor(phone, stage.server, async (state) => void found.push(...(await check(phone.page, state))));
		assert.deepEqual(found, []);
	});

	test(`the states of the dashboard ${name}`, async () => {
		stage.expectOutage();
		const page = await stage.page({ size: LAPTOP });
		const found = [];
		const look = async (state) => void found.push(...(await check(page, state)));
		await page.goto(new URL('/server#token=wrong', stage.server.url).href);
		await page.getByText('That is not the key.').waitFor();
		await look('sign-in');
		const dashboard = new Dashboard(page);
		await page.goto('about:blank');
		await page.goto(stage.server.dashboardUrl);
		await dashboard.live();
		await page.getByRole('heading', { name: /No one has joined yet/ }).waitFor();
		await look('nobody');
		await fill(stage);
		await dashboard.row('On my way.').waitFor();
		await walkDashboard(dashboard, look);
		await stage.server.kill();
		await page.getByRole('heading', { name: 'No connection to Belfry' }).waitFor();
		await dashboard.say('Kept.');
		await look('lost');
		assert.deepEqual(found, []);
	});
}
