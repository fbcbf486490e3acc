import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Phone } from './phone.mjs';
import { PHONE, eventually, useStage } from './stage.mjs';

const stage = useStage();

test('with a join code: the digits are asked for, a wrong one is told, the right one comes in', async () => {
	await stage.server.verb('set_access', { access: 'code' });
	const phone = await stage.phone();
	const code = phone.page.getByLabel('Join code');
	await code.waitFor();
	await phone.name.fill('Ana');
	await phone.enter.click();
	await phone.page
		.getByRole('alert')
		.getByText(/Enter the room.s code/)
		.waitFor();
	const { code: right } = await stage.server.verb('new_code');
	await code.fill(right === '111111' ? '222222' : '111111');
	await code.press('Enter');
	await phone.page.getByRole('alert').getByText('That is not the code').waitFor();
	assert.equal(await phone.name.inputValue(), 'Ana');
	await code.fill(`${right.slice(0, 3)} ${right.slice(3)}`);
	await code.press('Enter');
	await phone.live();
	await phone.page.reload();
	await phone.live();
});

test('with approval: the lobby waits over a reload, opens by itself, and says why one is refused', async () => {
	await stage.server.verb('set_access', { access: 'approval' });
	const ana = await stage.phone();
	const waiting = ana.page.getByRole('heading', { name: 'Waiting for approval' });
	await ana.name.fill('Ana');
	await ana.enter.click();
	await waiting.waitFor();
	await ana.page.reload();
	await waiting.waitFor();
	await eventually(async () => assert.equal((await stage.server.verb('lobby')).waiting[0]?.connected, true));
	await stage.server.verb('let_in', { all: true });
	await ana.live();
	const bo = await stage.phone();
	await bo.name.fill('Bo');
	await bo.enter.click();
	await bo.page.getByRole('heading', { name: 'Waiting for approval' }).waitFor();
	await stage.server.verb('refuse', { all: true, reason: 'The hall is full.' });
	await bo.page.getByRole('heading', { name: 'You were not let in' }).waitFor();
	await bo.page.getByText('The hall is full.').waitFor();
});

test('the code of a link leaves the address bar, and is not asked for', async () => {
	await stage.server.verb('set_access', { access: 'code' });
	const { code } = await stage.server.verb('new_code');
	const phone = new Phone(await stage.page({ size: PHONE, touch: true }));
	await phone.page.goto(`${stage.server.url}#code=${code}`);
	await phone.name.fill('Ana');
	assert.equal(new URL(phone.page.url()).hash, '');
	assert.equal(await phone.page.getByLabel('Join code').count(), 0);
	await phone.comeIn('Ana');
});

test('a full lobby says so, and takes who asks again', async () => {
	// A quarter of all connections may wait: one.
	await stage.server.verb('set_settings', { max_connections: 4 });
	await stage.server.verb('set_access', { access: 'approval' });
	const ana = await stage.wire();
	const waits = ana.heard('waiting');
	ana.say({ action: 'hello', name: 'Ana', user_id: 'ana', token: 'a-token-of-her-own' });
	await waits;
	const bo = await stage.phone();
	await bo.name.fill('Bo');
	await bo.enter.click();
	await bo.page.getByRole('status').getByText('Too many people are waiting to be let in.').waitFor();
	await stage.server.verb('let_in', { all: true });
	await bo.enter.click();
	await bo.page.getByRole('heading', { name: 'Waiting for approval' }).waitFor();
});

test('the join page on the full screen is what is seen there', async () => {
	const { page } = await stage.dashboard();
	await page.getByRole('button', { name: 'Enlarge' }).click();
	await page.getByRole('button', { name: 'Full screen' }).click();
	await page.waitForFunction(() => document.fullscreenElement);
	const shown = await page.evaluate(() => document.fullscreenElement.closest('dialog') !== null);
	assert.ok(shown, 'the document as a whole would cover the dialog');
	await page.getByRole('button', { name: /^Close/ }).click();
	await page.waitForFunction(() => !document.fullscreenElement && !document.querySelector('dialog'));
});
