import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

// Where a message is shown, where it counts, and to whom it goes.
const stage = useStage('-client-rate', '0');

const say = (message, more = {}) => stage.server.verb('broadcast', { message, ...more });
const words = (phone) => phone.audience.locator('..').locator('b').textContent();
const title = (phone, wanted) => eventually(async () => assert.equal(await phone.page.title(), wanted));

async function idOf(name) {
	const { clients } = await stage.server.verb('clients');
	return clients.find((client) => client.name === name).user_id;
}

async function topics(...names) {
	for (const topic of names) await stage.server.verb('create_topic', { topic, title: topic });
}

test('what goes to everyone is in every place, marked, and read there', async () => {
	await topics('kitchen');
	const ana = await stage.phone('Ana Lima');
	await ana.join('kitchen');
	await ana.go('kitchen');
	await say('The lift is out of order.');
	await say('Lunch at noon.', { priority: 4 });
	await say('Leave by the north door.', { priority: 5, title: 'Leave now', ack: 'Understood' });
	for (const text of ['The lift', 'Lunch']) await ana.row(text).getByText('to everyone').waitFor();
	const press = ana.page.getByRole('alertdialog').getByRole('button', { name: 'Understood' });
	// A press right after it appears is not counted: it was meant for what was there before.
	await press.waitFor();
	await eventually(async () => {
		if (await press.isVisible()) await press.click({ timeout: 1_000 }).catch(() => undefined);
		assert.equal(await ana.page.getByRole('alertdialog').count(), 0);
	});
	await ana
		.row('Leave now')
		.getByText(/^You pressed “Understood”/)
		.waitFor();
	await title(ana, 'Belfry');
	await ana.go('Operator');
	for (const text of ['The lift', 'Lunch', 'Leave now']) await ana.row(text).getByText('to everyone').waitFor();

	// The operator's receipts say the same.
	await eventually(async () => {
		const { receipts } = await stage.server.verb('receipts', { seqs: [1, 2, 3] });
		assert.deepEqual(
			receipts.map(({ read }) => read),
			[1, 1, 1],
		);
	});
});

test('the sheet says for each place what is unread, and a place begins at the first of it', async () => {
	await topics('kitchen', 'garage');
	const ana = await stage.phone('Ana Lima');
	await ana.join('kitchen');
	await ana.join('garage');
	await ana.go('garage');
	const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben', topics: ['kitchen', 'garage'] });
	for (let i = 1; i <= 60; i++) await ben.post(`Kitchen ${i}.`, 'kitchen');
	await ben.post('Garage.', 'garage');
	await say('For you alone.', { user_id: await idOf('Ana Lima') });
	const count = (place, n) => ana.dialog.getByRole('button', { name: new RegExp(`^${place} ?${n} unread`) }).waitFor();
	await ana.row('Garage.').waitFor();
	await ana.page.getByRole('button', { name: /61 unread in other places/ }).click();
	await count('All messages', 61);
	await count('Operator', 1);
	await count('kitchen', 60);
	assert.equal(
		await ana.dialog
			.getByRole('button', { name: /^garage/ })
			.getByText('unread')
			.count(),
		0,
	);

	await ana.dialog.getByRole('button', { name: /^kitchen/ }).click();
	await ana.row('Kitchen 1.').waitFor();
	const top = await ana.row('Kitchen 1.').evaluate((row) => row.getBoundingClientRect().top);
	const list = await ana.page.locator('#messages').evaluate((row) => row.getBoundingClientRect().top);
	assert.ok(top > list - 2, `${top} is above ${list}`);
	const jump = ana.page.getByRole('button', { name: /^Jump to the latest/ });
	await jump.click();
	await jump.waitFor({ state: 'detached' });
	await ana.go('Operator');
	await title(ana, 'Belfry');
});

test('a place has its audience, and what is sent is shown', async () => {
	const ana = await stage.phone('Ana Lima');
	assert.equal(await words(ana), 'Only the operator sees this');
	await ana.go('General');
	assert.equal(await words(ana), 'Everyone in General sees this');
	await ana.go('Operator');
	assert.equal(await words(ana), 'Only the operator sees this');
	await ana.go('General');
	await ana.write('I feel unwell.');
	await ana.sent('I feel unwell.').waitFor();
	assert.equal(await words(ana), 'Only the operator sees this');
	await ana.page.getByRole('heading', { name: /Operator$/ }).waitFor();
	await ana.write('Anyone seen the drill?', 'general');
	await ana.sent('Anyone seen the drill?').waitFor();
	await ana.page.getByRole('heading', { name: /General$/ }).waitFor();
});

test('a message that is shown from its strip takes the audience of the place with it', async () => {
	const ana = await stage.phone('Ana Lima');
	await topics('kitchen');
	await ana.join('kitchen');
	await ana.go('kitchen');
	await say('Stop the line.', { topic: 'general', priority: 5 });
	await ana.page.getByRole('region', { name: 'Urgent, not seen yet' }).getByRole('button', { name: 'Show' }).click();
	await ana.row('Stop the line.').waitFor();
	assert.equal(await words(ana), 'Only the operator sees this');
});

test('a draft that is taken to another place asks who should see it', async () => {
	const ana = await stage.phone('Ana Lima');
	await ana.text.fill('May I go home early?');
	await ana.go('General');
	const question = ana.page.getByRole('region', { name: 'Who should see your draft?' });
	await question.getByText('You started this for the operator only.').waitFor();
	assert.equal(await ana.send.count(), 0);
	await ana.page.reload();
	await ana.live();
	assert.equal(await ana.text.inputValue(), 'May I go home early?');
	assert.equal(await words(ana), 'Only the operator sees this');

	await ana.go('General');
	await question.getByRole('button', { name: 'Only the operator' }).click();
	assert.equal(await words(ana), 'Only the operator sees this');
	await ana.send.click();
	await ana.own('May I go home early?', 'only the operator').waitFor();

	await ana.text.fill('Anyone seen the drill?');
	await ana.go('General');
	await question.getByRole('button', { name: 'Everyone in General' }).click();
	assert.equal(await words(ana), 'Everyone in General sees this');
	await ana.send.click();
	await ana.sent('Anyone seen the drill?').waitFor();
});

test('a reply to many asks first about what was written for the operator', async () => {
	const ana = await stage.phone('Ana Lima');
	const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
	await ben.post('Does this affect line 1 too?');
	await ana.text.fill('I feel unwell.');
	const reply = ana.row('Does this').getByRole('button', { name: /^Reply/ });
	await reply.click();
	const question = ana.page.getByRole('region', { name: 'Who should see your draft?' });
	await question.getByText('You are replying to Ben Okafor.').waitFor();
	await reply.click();
	await question.getByRole('button', { name: 'Only the operator' }).click();
	assert.equal(await words(ana), 'Only the operator sees this');
	await ana.send.click();
	await ana.own('I feel unwell.', 'only the operator').waitFor();

	await ana.text.fill('Yes, it does.');
	await reply.click();
	await question.getByRole('button', { name: 'Everyone in General' }).click();
	assert.equal(await words(ana), 'Everyone in General sees this reply');
	await ana.send.click();
	await ana.sent('Yes, it does.').locator('.quote').waitFor();
	assert.equal(await words(ana), 'Only the operator sees this');
});

test('a reply is one message: afterwards the audience is what it was', async () => {
	const ana = await stage.phone('Ana Lima');
	const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
	await ben.post('Does this affect line 1 too?');
	await ana
		.row('Does this')
		.getByRole('button', { name: /^Reply/ })
		.click();
	assert.equal(await words(ana), 'Everyone in General sees this reply');
	await ana.page.getByText('Then back to: only the operator').waitFor();
	await ana.text.fill('Yes, it does.');
	await ana.send.click();
	await ana.sent('Yes, it does.').waitFor();
	assert.equal(await words(ana), 'Only the operator sees this');

	// A reply to one person alone does not become public when its quote is taken away, nor by a reload.
	await ana.go('General');
	await say('Are you well?', { user_id: await idOf('Ana Lima') });
	await ana.go('All messages');
	await ana.audience.selectOption('general');
	await ana
		.row('Are you well?')
		.getByRole('button', { name: /^Reply/ })
		.click();
	assert.equal(await words(ana), 'Only the operator sees this reply');
	await ana.text.fill('No.');
	await ana.page.reload();
	await ana.live();
	assert.equal(await words(ana), 'Only the operator sees this reply');
	await ana.page.getByRole('button', { name: 'Cancel reply' }).click();
	await ana.page.getByRole('button', { name: 'Only the operator', exact: true }).click();
	assert.equal(await words(ana), 'Only the operator sees this');
	await ana.send.click();
	await ana.own('No.', 'only the operator').waitFor();
});
