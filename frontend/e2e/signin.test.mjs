import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY } from './belfry.mjs';
import { Desk } from './desk.mjs';
import { useStage } from './stage.mjs';

const stage = useStage();

test('the printed address signs in, takes the key out of sight, and the session outlives a reload', async () => {
	const desk = await stage.desk();
	assert.equal(new URL(desk.page.url()).hash, '');
	await desk.page.reload();
	await desk.live();
	const [cookie] = await desk.page.context().cookies();
	assert.equal(cookie.name, `belfry_${new URL(stage.server.url).port}`);
	assert.ok(cookie.httpOnly);
	assert.equal(cookie.sameSite, 'Strict');
});

test('without a key there is a form; a wrong key is told, the right one opens', async () => {
	stage.expectOutage();
	const desk = new Desk(await stage.page());
	await desk.page.goto(new URL('/server', stage.server.url).href);
	const field = desk.page.getByLabel('Operator’s key');
	await field.fill('not the key');
	await desk.page.getByRole('button', { name: 'Open the dashboard' }).click();
	await desk.page.getByRole('alert').getByText('That is not the key.').waitFor();
	await field.fill(KEY);
	await field.press('Enter');
	await desk.live();
});

test('a wrong key in the address leads to the form and says so', async () => {
	stage.expectOutage();
	const desk = new Desk(await stage.page());
	await desk.page.goto(new URL('/server#token=wrong', stage.server.url).href);
	await desk.page.getByText('That is not the key.').waitFor();
	assert.equal(new URL(desk.page.url()).hash, '');
	await desk.page.getByLabel('Operator’s key').fill(KEY);
	await desk.page.getByRole('button', { name: 'Open the dashboard' }).click();
	await desk.live();
});

test('a dashboard that was signed in comes back by itself after a restart', async () => {
	const desk = await stage.desk();
	stage.expectOutage();
	await stage.server.kill();
	await desk.page.getByRole('heading', { name: 'No connection to Belfry' }).waitFor();
	await stage.server.start();
	await desk.live();
});
