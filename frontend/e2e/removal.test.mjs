import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

test('who is removed reads why, does not come back alone, and can by hand', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	let dialled = 0;
	ana.page.on('websocket', () => dialled++);

	await dashboard.disconnect('Ana Lima', 'Please bring your badge first.');
	await ana.page.getByRole('heading', { name: 'You have been removed' }).waitFor();
	await ana.page.getByText('Please bring your badge first.').waitFor();
	await eventually(async () => assert.equal(await dashboard.figure('here').innerText(), '0'));

	// Everything that wakes a page which only lost its network.
	await ana.page.context().setOffline(true);
	await ana.page.context().setOffline(false);
	await ana.page.evaluate(() => {
		document.dispatchEvent(new Event('visibilitychange'));
		dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
	});
	await (await stage.phone('Ben Okafor')).page.close();
	assert.equal(dialled, 0);
	await ana.page.reload();
	await ana.enter.waitFor();
	assert.equal(await ana.name.inputValue(), 'Ana Lima');
	assert.equal(dialled, 0, 'a page that was removed waits at the door, also when it is loaded again');

	await ana.enter.click();
	await ana.live();
	await dashboard.person('Ana Lima').waitFor();
});

test('without a reason the page says who did it, and its button leads back', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	await dashboard.disconnect('Ana Lima', '');
	await ana.page.getByRole('heading', { name: 'You have been removed' }).waitFor();
	assert.equal(await ana.page.locator('blockquote').count(), 0);
	await ana.page.getByRole('button', { name: 'Join again' }).click();
	await ana.live();
});
