import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY } from './belfry.mjs';
import { accessible, everyWidth } from './checks.mjs';
import { eventually, LAPTOP, PHONE, useStage } from './stage.mjs';

const stage = useStage();

/** Fills in the key where the dashboard asks for it again. made: what comes then. */
async function prove(dashboard, made = dashboard.page.locator('#made-head')) {
	const field = dashboard.dialog.getByLabel('Operator’s key or password');
	await field.or(made).first().waitFor();
	if (await made.isVisible()) return;
	await field.fill(KEY);
	await dashboard.dialog.getByRole('button', { name: 'Continue' }).click();
	await made.waitFor();
}

/** Opens the form of a new token and gives it a name. */
async function begin(dashboard, name) {
	await dashboard.page.getByRole('button', { name: 'New token' }).click();
	await dashboard.page.getByLabel('Name', { exact: true }).fill(name);
}

test('a token can do what was ticked, is shown once, and ends at once', async () => {
	await stage.server.verb('create_topic', { topic: 'line-2', title: 'Line 2', kind: 'open' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Programs');
	await page.getByText('No program has a token.').waitFor();
	await begin(dashboard, '');
	const create = page.getByRole('button', { name: 'Create token' });
	const refused = (words) => page.locator('#main').getByRole('alert').filter({ hasText: words }).waitFor();
	await create.click();
	await refused('Enter a name.');
	await page.getByLabel('Name', { exact: true }).fill('Machine monitor');
	await create.click();
	await refused('Tick at least one thing');
	assert.ok(await page.getByLabel('Post urgent messages').isDisabled());
	await page.getByLabel('Post messages').check();
	await create.click();
	await refused('Choose where it can post.');
	await page.getByRole('group', { name: 'Post to' }).getByLabel('Line 2').check();
	await page.getByLabel('Post urgent messages').check();
	await page.getByText('can interrupt everyone in Line 2 at any time').waitFor();
	await create.click();
	await prove(dashboard);
	const secret = await page.locator('.once code').first().textContent();
	assert.match(secret, /^tk_[a-z0-9]{29}$/);
	const line = await page.locator('.once code').nth(1).textContent();
	assert.ok(line.endsWith(`${stage.server.url}line-2`) && line.includes(secret), line);
	await page.getByText('Post to Line 2 · urgent · 1 per second').waitFor();
	await page.getByText('Not used yet. This line changes when it is.').waitFor();
	const used = await fetch(`${stage.server.url}line-2`, {
		method: 'POST',
		headers: { authorization: `Bearer ${secret}` },
		body: 'Press 4 is down',
	});
	assert.equal(used.status, 200);
	await page.getByRole('status').filter({ hasText: 'It works' }).waitFor();
	await page.getByText(/^Last used .* from Belfry’s own computer$/).waitFor();

	// Nothing loses it but the button that says it was copied.
	await dashboard.turn('Room');
	await dashboard.settings('Programs');
	assert.equal(await page.locator('.once code').first().textContent(), secret);
	await page.getByRole('button', { name: 'Done, I copied it' }).click();
	const entry = page
		.locator('#main')
		.getByRole('listitem')
		.filter({ hasText: 'Machine monitor' })
		.filter({ hasText: 'Last used' });
	await entry.waitFor();
	assert.ok(!(await page.content()).includes(secret));
	await page.getByRole('complementary', { name: 'Activity' }).getByText('Created the token').waitFor();

	await entry.getByRole('button', { name: 'Remove Machine monitor' }).click();
	await dashboard.confirm('Remove token');
	await page.getByText('No program has a token.').waitFor();
	assert.deepEqual((await stage.server.verb('tokens')).tokens, []);
});

test('whoever may read everything also reads what is private, and the form says so', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Programs');
	await begin(dashboard, 'Wall display');
	await page.getByLabel('Read messages').check();
	const places = page.getByRole('group', { name: 'Read', exact: true });
	await places.getByLabel('Everything the dashboard reads').check();
	await page.getByText('also reads what people write to you in private').waitFor();
	assert.ok(await places.getByLabel('General').isDisabled());
	await page.getByLabel('Use the token in an address').check();
	await page.getByText('Whoever reads one has the token.').waitFor();
	await page.getByLabel('Rate').selectOption('No limit');
	await page.getByRole('button', { name: 'Create token' }).click();
	await prove(dashboard);
	await page.getByText('Read everything, private conversations too · token in addresses · no limit').waitFor();
	const [token] = (await stage.server.verb('tokens')).tokens;
	assert.deepEqual([token.read, token.publish, token.in_url, token.rate], [['all'], [], true, 0]);
});

test('what was filled in survives a name that is taken, another page, and a lost connection', async () => {
	await stage.server.verb('create_token', { name: 'grafana', publish: ['everyone'] });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Programs');
	await begin(dashboard, 'grafana');
	await page.getByLabel('Post messages').check();
	await page.getByRole('group', { name: 'Post to' }).getByLabel('Everyone').check();
	await page.getByRole('button', { name: 'Create token' }).click();
	const taken = page
		.locator('#main')
		.getByRole('alert')
		.filter({ hasText: /already|name/ });
	const field = dashboard.dialog.getByLabel('Operator’s key or password');
	await field.or(taken).first().waitFor();
	if (await field.isVisible()) {
		await field.fill(KEY);
		await dashboard.dialog.getByRole('button', { name: 'Continue' }).click();
	}
	await taken.waitFor();
	stage.expectOutage();
	await stage.server.end();
	await stage.server.start();
	await eventually(async () => assert.ok(await page.getByRole('button', { name: 'Create token' }).isEnabled()));
	await dashboard.turn('Search');
	await dashboard.settings('Programs');
	assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'grafana');
	assert.ok(await page.getByRole('group', { name: 'Post to' }).getByLabel('Everyone').isChecked());
});

test('a webhook is made, changed, tested, paused and removed, and its secret is shown once', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Programs');
	await page.getByText('Belfry calls no address.').waitFor();
	await page.getByRole('button', { name: 'New webhook' }).click();
	const save = page.getByRole('button', { name: 'Create webhook' });
	const refused = (words) => page.locator('#main').getByRole('alert').filter({ hasText: words }).waitFor();
	await save.click();
	await refused('Enter the address to call.');
	const url = page.getByLabel('Address', { exact: true });
	await url.fill('http://127.0.0.1:9/in');
	await save.click();
	await refused('Tick at least one event.');
	await page.getByLabel('Messages', { exact: true }).check();
	await page.getByLabel('Announcement complete').check();
	assert.ok(await page.getByLabel('Private messages too').isDisabled());
	await page.getByLabel('Names and texts').check();
	await page.getByText('Others on the network can read along.').waitFor();
	await save.click();
	await prove(dashboard, page.locator('#main').getByRole('alert'));
	await refused('Belfry does not call this machine');
	// A name that nobody has: nothing leaves this machine.
	await url.fill('http://hook.invalid/in');
	await save.click();
	await prove(dashboard);
	const secret = await page.locator('.once code').textContent();
	assert.match(secret, /^whsec_/);
	await page.getByRole('button', { name: 'Done, I copied it' }).click();
	const entry = page.locator('#main').getByRole('listitem').filter({ hasText: 'http://hook.invalid/in' });
	await entry.getByText('Messages · announcement complete · with names and texts').waitFor();
	assert.ok(!(await page.content()).includes(secret));

	await entry.getByRole('button', { name: 'Test hook.invalid' }).click();
	await entry.getByRole('status').getByText('Test not answered').waitFor();
	const found = [...(await everyWidth(page, 'webhooks')), ...(await accessible(page, 'webhooks'))];
	const choose = async (act) => {
		const more = entry.getByRole('button', { name: /^More about hook.invalid/ });
		await more.scrollIntoViewIfNeeded();
		// The scroll is told in the next frame, and closes a menu that hangs on its button.
		await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
		await more.click();
		await entry.getByRole('button', { name: act }).click();
	};
	await choose('Change');
	await page.getByRole('heading', { name: 'Change the webhook' }).waitFor();
	found.push(...(await everyWidth(page, 'webhook')), ...(await accessible(page, 'webhook')));
	await page.getByLabel('Joined').check();
	await page.getByRole('button', { name: 'Save webhook' }).click();
	await entry.getByText('Messages · announcement complete · joined · with names and texts').waitFor();

	await choose(/^Pause/);
	await entry.locator('.mark', { hasText: /^Paused since/ }).waitFor();
	await entry.getByRole('button', { name: 'Resume hook.invalid' }).click();
	await entry.locator('.mark', { hasText: /^(Working|Failing since .*)$/ }).waitFor();
	// Somebody comes in: the call fails, is said, and waits.
	await stage.phone('Ana Lima');
	await entry.locator('.mark', { hasText: /^Failing since/ }).waitFor();
	await entry.getByText(/^1 waiting, next try/).waitFor();
	await entry.getByRole('button', { name: 'Try hook.invalid now' }).click();
	await choose('Remove');
	await dashboard.dialog.getByText('what waits for it is dropped').waitFor();
	await dashboard.confirm('Remove webhook');
	await page.getByText('Belfry calls no address.').waitFor();
	await page.getByRole('complementary', { name: 'Activity' }).getByText('Removed the webhook').waitFor();
	assert.deepEqual(found, []);
});

test('by the keyboard alone: found with Ctrl+K, filled in, created, removed', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const find = async (words, label) => {
		await page.keyboard.press('Control+k');
		await dashboard.dialog.getByRole('combobox').waitFor();
		await page.keyboard.type(words);
		await dashboard.dialog.getByRole('option', { name: label }).first().waitFor();
		await page.keyboard.press('Enter');
	};
	const focused = (id) => page.waitForFunction((wanted) => document.activeElement?.id === wanted, id);
	await find('programs', /^Programs/);
	await focused('set-programs');
	await find('new webhook', 'New webhook');
	await focused('hook-url');
	await find('new token', 'New token');
	await focused('token-name');
	await page.keyboard.type('Stage button');
	await page.keyboard.press('Tab'); // the rate
	await page.keyboard.press('Tab');
	await focused('may-post');
	await page.keyboard.press('Space');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Space'); // everyone
	await page.keyboard.press('Enter');
	await prove(dashboard);
	await focused('made-head');
	await page.getByText('Post to everyone · 1 per second').waitFor();
	const press = async (name) => {
		const button = page.getByRole('button', { name });
		for (let at = 0; at < 40; at++) {
			await page.keyboard.press('Tab');
			if (await button.evaluate((one) => one === document.activeElement)) return page.keyboard.press('Enter');
		}
		assert.fail(`Tab does not come to ${name}`);
	};
	await press('Done, I copied it');
	await focused('tokens-head');
	await press('Remove Stage button');
	await dashboard.dialog.waitFor();
	await press('Remove token');
	await page.getByText('No program has a token.').waitFor();
});

test('the lists, the form and the secret fit every width and both themes, and everybody can use them', async () => {
	await stage.server.verb('create_token', { name: 'Door sensor, gate 5', publish: ['everyone'], urgent: true });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Programs');
	await page.getByRole('listitem').filter({ hasText: 'Door sensor' }).first().waitFor();
	const found = [...(await everyWidth(page, 'tokens')), ...(await accessible(page, 'tokens'))];
	await begin(dashboard, 'Wall display');
	await page.getByLabel('Post messages').check();
	await page.getByRole('group', { name: 'Post to' }).getByLabel('Everyone').check();
	await page.getByLabel('Post urgent messages').check();
	found.push(...(await everyWidth(page, 'new token')), ...(await accessible(page, 'new token')));
	await page.setViewportSize(PHONE);
	await page.getByRole('button', { name: 'Create token' }).click();
	await prove(dashboard);
	await page.setViewportSize(LAPTOP);
	found.push(...(await everyWidth(page, 'secret')), ...(await accessible(page, 'secret')));
	assert.deepEqual(found, []);
});
