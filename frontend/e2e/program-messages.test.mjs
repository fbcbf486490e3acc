import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, tooWide } from './checks.mjs';
import { eventually, PHONE, useStage } from './stage.mjs';

const stage = useStage();
const CLICK = 'https://grafana.example.org/d/4?from=belfry';

/** A program with a token: it posts a message, and answers with what the server says. */
async function program(name = 'grafana', rights = { publish: ['everyone', 'people'], urgent: true, ask: true }) {
	const { secret } = await stage.server.verb('create_token', { name, ...rights });
	return async (message) => {
		const answer = await fetch(new URL('api/v1/messages', stage.server.url), {
			method: 'POST',
			headers: { authorization: `Bearer ${secret}` },
			body: JSON.stringify(message),
		});
		assert.equal(answer.status, 200, await answer.clone().text());
		return answer.json();
	};
}

/** Presses a link that opens a page of another host, and gives its address. Nothing leaves this machine. */
async function opened(page, link) {
	await page.context().route('https://grafana.example.org/**', (route) => route.fulfill({ body: 'dashboard' }));
	const [other] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
	assert.equal(await other.evaluate(() => window.opener), null);
	const url = other.url();
	await other.close();
	return url;
}

test('on a phone a program is neither a person nor the operator, and its address opens by a press alone', async () => {
	const phone = await stage.phone('Ana Lima');
	const { page } = phone;
	let others = 0;
	page.context().on('page', () => others++);
	const say = await program();
	await say({ message: 'Press 4 is down', tags: ['warning', '<b>line 2</b>'], click: CLICK });
	await say({ message: 'Press 4 is up' });
	const row = phone.row('Press 4 is down');
	await row.locator('.mark', { hasText: 'program' }).waitFor();
	assert.equal(await row.locator('.who b').textContent(), 'grafana');
	assert.equal(await row.locator('.operator').count(), 0);
	assert.deepEqual(await row.getByRole('list', { name: 'Labels' }).getByRole('listitem').allTextContents(), [
		'warning',
		'<b>line 2</b>',
	]);
	const link = row.getByRole('link');
	assert.equal(await link.textContent(), 'Open grafana.example.org');
	assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
	await row.getByRole('button', { name: /^Reply to the message from grafana/ }).waitFor();
	// What goes on under the same heading says it too, for who listens.
	await phone.row('Press 4 is up').getByText('grafana, program').waitFor({ state: 'attached' });
	assert.deepEqual([...(await tooWide(page, 'phone')), ...(await accessible(page, 'phone'))], []);
	assert.equal(others, 0);
	assert.equal(await opened(page, link), CLICK);

	const dashboard = await stage.dashboard();
	await dashboard.withdraw('Press 4 is down');
	await page.getByText('Deleted by the operator').waitFor();
	assert.equal(await page.getByRole('link', { name: /grafana/ }).count(), 0);
	assert.ok(!(await page.content()).includes('line 2'));
});

test('urgent and asking, it fills the phone as a program’s, and the answer counts', async () => {
	const phone = await stage.phone('Ana Lima');
	const { page, dialog } = phone;
	const say = await program();
	await say({ message: 'Leave hall 2 now.', priority: 5, ack: 'Understood', tags: ['fire'], click: CLICK });
	const urgent = page.getByRole('alertdialog', { name: 'Message from grafana' });
	await urgent.getByText('From the program grafana to everyone').waitFor();
	await urgent.getByRole('listitem').filter({ hasText: 'fire' }).waitFor();
	assert.deepEqual(await accessible(page, 'urgent page'), []);
	assert.equal(await opened(page, urgent.getByRole('link')), CLICK);
	const understood = urgent.getByRole('button', { name: 'Understood' });
	await eventually(async () => {
		// A press just after the page is in sight again counts for nothing.
		if (await understood.isVisible()) await understood.click({ timeout: 500 });
		await urgent.waitFor({ state: 'detached', timeout: 500 });
	});
	assert.equal(await dialog.count(), 0);
	await page.getByText(/You pressed “Understood”/).waitFor();

	const dashboard = await stage.dashboard();
	await dashboard.open('Leave hall 2');
	const announcement = dashboard.page.locator('#announcement');
	await announcement.locator('.mark', { hasText: 'program' }).waitFor();
	await announcement.getByText(/^grafana\s+program\s+to everyone/).waitFor();
	await dashboard.page.locator('button.told').getByText('grafana, program to everyone').waitFor();
	await announcement.getByText('Sent from 127.0.0.1').waitFor();
	await dashboard.gauge('Confirmed').getByText('1', { exact: true }).first().waitFor();
	await announcement.getByRole('link', { name: 'Open grafana.example.org' }).waitFor();
	await dashboard.page.emulateMedia({ media: 'print' });
	await dashboard.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	await dashboard.page.locator('.sheet').getByText('by the program grafana').waitFor();
	await dashboard.page.locator('.sheet').getByText(`fire · ${CLICK}`).waitFor();
});

test('on the dashboard it has its mark in the feed, the search and the activity, and can be shown alone', async () => {
	const say = await program();
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const phone = await stage.phone('Ana Lima');
	await phone.write('Lunch at 12?');
	await say({ message: 'Press 4 is down', title: 'Alarm', tags: ['line 2'], click: CLICK });
	const row = dashboard.row('Press 4 is down');
	await row.locator('header .mark', { hasText: 'program' }).waitFor();
	await row.locator('header b', { hasText: 'grafana' }).waitFor();
	await row.getByRole('listitem').filter({ hasText: 'line 2' }).waitFor();
	await row.locator('button.receipts').waitFor();
	assert.equal(await opened(page, row.getByRole('link', { name: 'Open grafana.example.org' })), CLICK);
	assert.deepEqual(await accessible(page, 'feed'), []);
	await dashboard.row('Lunch at 12?').waitFor();
	await page.getByLabel('Kind', { exact: true }).selectOption('From programs');
	await dashboard.row('Lunch at 12?').waitFor({ state: 'detached' });
	await row.waitFor();
	await dashboard.turn('Search');
	await page.getByLabel('Search the log').fill('press');
	const found = page
		.getByRole('region', { name: 'Messages found' })
		.getByRole('listitem')
		.filter({ hasText: 'Press 4' });
	await found.first().locator('.mark', { hasText: 'program' }).waitFor();
	await dashboard.settings('Programs');
	await page.getByRole('complementary', { name: 'Activity' }).getByText('Program grafana, 127.0.0.1').waitFor();
	await page.setViewportSize(PHONE);
	assert.deepEqual(await tooWide(page, 'dashboard'), []);
});

test('what a program writes to one person answers nobody, and stands in the conversation as its own', async () => {
	const say = await program();
	const dashboard = await stage.dashboard();
	const phone = await stage.phone('Ana Lima');
	await phone.write('Who has the key?');
	const waiting = dashboard.page.getByRole('region', { name: '1 person is waiting for an answer' });
	await waiting.waitFor();
	const person = (await stage.server.verb('clients', { since: 0 })).clients.find(({ name }) => name === 'Ana Lima');
	await say({ message: 'Your shift begins at 14:00', user_id: person.user_id });
	await phone.row('Your shift begins').getByText('only to you').waitFor();
	await dashboard.row('Your shift begins').waitFor();
	await waiting.getByRole('button').first().click();
	const thread = dashboard.page.getByRole('log', { name: 'Conversation with Ana Lima' });
	const turn = thread.locator('.turn').filter({ hasText: 'Your shift begins' });
	await turn.locator('.mark', { hasText: 'program' }).waitFor();
	assert.equal(await turn.locator('> b').textContent(), 'grafana');
	await dashboard.page.getByText(/^Waiting since/).waitFor();
});
