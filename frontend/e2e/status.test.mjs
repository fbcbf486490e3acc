import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

// What the operator reads of the room at a glance.
const stage = useStage();

const shows = (dashboard, what, n) =>
	eventually(async () => assert.equal(await dashboard.figure(what).innerText(), String(n)));

test('people are counted, not their devices: who is here, who is away, who has not confirmed', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const hello = { name: 'Ana Lima', user_id: 'ana', token: 'the-token-of-ana-lima' };
	const [phone, laptop] = [await stage.wire(hello), await stage.wire(hello)];
	const ben = await stage.wire({ name: 'Ben', user_id: 'ben', token: 'the-token-of-ben-okafor' });
	await shows(dashboard, 'here', 2);
	await shows(dashboard, 'away', 0);
	assert.equal(
		await page
			.getByText(/round trip|running for/i)
			.filter({ visible: true })
			.count(),
		0,
	);
	await page.getByText('Technical', { exact: true }).click();
	await page.locator('#now dd', { hasText: /^3$/ }).first().waitFor();

	const { seq } = await stage.server.verb('broadcast', { message: 'Leave.', ack: 'Understood', message_id: 'leave' });
	await shows(dashboard, 'not confirmed', 2);
	phone.say({ action: 'ack', seq });
	await shows(dashboard, 'not confirmed', 1);
	ben.close();
	await shows(dashboard, 'here', 1);
	await shows(dashboard, 'away', 1);
	await page.getByRole('button', { name: 'not confirmed', exact: true }).click();
	await page.locator('#announcement', { hasText: 'Leave.' }).waitFor();
	laptop.close();
	phone.close();
});

test('what happens again is told with its span in the activity, which stays in order', async () => {
	const dashboard = await stage.dashboard();
	await stage.server.verb('set_name', { name: 'Hall 2' });
	for (let i = 0; i < 3; i++) {
		const answer = await fetch(new URL('/session', stage.server.url), {
			method: 'POST',
			headers: { Origin: new URL(stage.server.url).origin, Authorization: 'Bearer wrong' },
		});
		assert.ok(answer.status >= 400);
	}
	await stage.server.verb('set_name', { name: 'Hall 3' });
	await dashboard.turn('Settings');
	const activity = dashboard.page.getByRole('region', { name: 'Activity' });
	await activity.getByText(/Wrong key.*, 3 times/).waitFor();
	const times = await activity.locator('time').evaluateAll((all) => all.map((one) => one.dateTime));
	assert.deepEqual(times, [...times].sort().reverse());
});
