import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY } from './belfry.mjs';
import { Dashboard } from './dashboard.mjs';
import { useStage } from './stage.mjs';

const stage = useStage();

test('the printed address signs in, takes the key out of sight, and the session outlives a reload', async () => {
	const dashboard = await stage.dashboard();
	assert.equal(new URL(dashboard.page.url()).hash, '');
	await dashboard.page.reload();
	await dashboard.live();
	const [cookie] = await dashboard.page.context().cookies();
	assert.equal(cookie.name, `belfry_${new URL(stage.server.url).port}`);
	assert.ok(cookie.httpOnly);
	assert.equal(cookie.sameSite, 'Strict');
});

test('without a key there is a form; a wrong key is told, the right one opens', async () => {
	stage.expectOutage();
	const dashboard = new Dashboard(await stage.page());
	await dashboard.page.goto(new URL('/server', stage.server.url).href);
	const field = dashboard.page.getByLabel('Operator’s key');
	await field.fill('not the key');
	await dashboard.page.getByRole('button', { name: 'Open dashboard' }).click();
	await dashboard.page.getByRole('alert').getByText('That is not the key.').waitFor();
	await field.fill(KEY);
	await field.press('Enter');
	await dashboard.live();
});

test('a wrong key in the address leads to the form and says so', async () => {
	stage.expectOutage();
	const dashboard = new Dashboard(await stage.page());
	await dashboard.page.goto(new URL('/server#token=wrong', stage.server.url).href);
	await dashboard.page.getByText('That is not the key.').waitFor();
	assert.equal(new URL(dashboard.page.url()).hash, '');
	await dashboard.page.getByLabel('Operator’s key').fill(KEY);
	await dashboard.page.getByRole('button', { name: 'Open dashboard' }).click();
	await dashboard.live();
});

test('the key is shown when the key was shown again; what another program takes from the browser opens nothing', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const [cookie] = await page.context().cookies();
	const stolen = await fetch(new URL('/export?format=csv', stage.server.url), {
		headers: { Cookie: `${cookie.name}=${cookie.value}` },
	});
	assert.equal(stolen.status, 401);
	stage.expectOutage();
	await stage.server.kill();
	await stage.server.start();
	await dashboard.live();
	await dashboard.settings('Operator’s key');
	await page.getByRole('button', { name: 'Show link' }).click();
	await dashboard.dialog.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
	const field = dashboard.dialog.getByLabel('Operator’s key or password');
	await field.fill('not the key');
	await field.press('Enter');
	await dashboard.dialog.getByText('That is not the key.').waitFor();
	await field.fill(KEY);
	await field.press('Enter');
	await page.getByText(`#token=${KEY}`).waitFor();
});

test('a dashboard that was signed in comes back by itself after a restart', async () => {
	const dashboard = await stage.dashboard();
	stage.expectOutage();
	await stage.server.kill();
	await dashboard.page.getByRole('heading', { name: 'No connection to Belfry' }).waitFor();
	await stage.server.start();
	await dashboard.live();
});
