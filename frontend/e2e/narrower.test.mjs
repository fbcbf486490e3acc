import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

// A text is for those for whom it was begun, whatever happens around it.
const stage = useStage('-client-rate', '0');

const audience = (phone, value) => eventually(async () => assert.equal(await phone.audience.inputValue(), value));

/** A private text, and a reply pressed on what somebody wrote to everyone in General. */
async function asked() {
	const ana = await stage.phone('Ana Lima');
	const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
	await ben.post('Is it raining?');
	await ana.row('Is it raining?').waitFor();
	await ana.text.fill('I feel unwell.');
	await ana
		.row('Is it raining?')
		.getByRole('button', { name: /^Reply/ })
		.click();
	const question = ana.page.getByRole('region', { name: 'Who should see your draft?' });
	await question.waitFor();
	return { ana, question };
}

test('a question about a draft that is left by going elsewhere leaves the draft to whom it was begun for', async () => {
	const { ana, question } = await asked();
	await ana.go('All messages');
	await question.waitFor({ state: 'detached' });
	assert.equal(await ana.text.inputValue(), 'I feel unwell.');
	await audience(ana, '');
	await ana.send.click();
	await ana.own('I feel unwell.', 'only the operator').waitFor();
});

test('a question about a draft is asked again after a reload', async () => {
	const { ana, question } = await asked();
	await ana.page.reload();
	await question.getByText('You started this for the operator only.').waitFor();
	await question.getByRole('button', { name: 'Only the operator' }).click();
	await audience(ana, '');
});

test('what was written while a topic was archived does not go to all of it once it is open again', async () => {
	const set = (archived) => stage.server.verb('archive_topic', { topic: 'kitchen', archived });
	await stage.server.verb('create_topic', { topic: 'kitchen', title: 'Kitchen' });
	const ana = await stage.phone('Ana Lima');
	await ana.join('Kitchen');
	await ana.go('Kitchen');
	await audience(ana, 'kitchen');
	await set(true);
	await audience(ana, '');
	await ana.text.fill('I feel unwell.');
	await set(false);
	await ana.audience.locator('option[value=kitchen]').waitFor({ state: 'attached' });
	await audience(ana, '');
	await ana.send.click();
	await ana.own('I feel unwell.', 'only the operator').waitFor();
});
