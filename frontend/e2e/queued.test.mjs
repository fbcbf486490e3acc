import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, tooWide } from './checks.mjs';
import { Lossy } from './lossy.mjs';
import { Phone } from './phone.mjs';
import { eventually, PHONE, useStage } from './stage.mjs';

const stage = useStage();

const members = (verb, user_ids) => stage.server.verb(verb, { topic: 'kitchen', user_ids });

/** Ana's phone, in the topic Kitchen, behind a radio that can fail; and Ben, who reads the topic. */
async function inKitchen(radio) {
	await stage.server.verb('create_topic', { topic: 'kitchen', title: 'Kitchen', kind: 'open' });
	const phone = new Phone(await stage.page({ size: PHONE, touch: true }));
	await phone.page.goto(radio.url);
	await phone.comeIn('Ana Lima');
	const { clients } = await stage.server.verb('clients');
	const ana = clients[0].user_id;
	await phone.join('Kitchen');
	const ben = await stage.wire({ name: 'Ben', user_id: 'ben', topics: ['kitchen'] });
	await ben.post('We begin.', 'kitchen');
	await phone.row('We begin.').waitFor();
	return { phone, ana };
}

const written = async () => (await stage.server.verb('history', { limit: 50 })).messages.map(({ message }) => message);

test('what was queued for a topic that its writer was removed from meanwhile waits for them', async () => {
	const radio = await Lossy.before(stage.server.url);
	try {
		const { phone, ana } = await inKitchen(radio);
		stage.expectOutage();
		await phone.goOffline(radio);
		await phone.write('My notice to the kitchen.', 'kitchen');
		await phone.write('One more for the kitchen.', 'kitchen');
		await phone.write('I am late.');
		await members('remove_members', [ana]);
		await phone.goOnline(radio);
		await phone.live();
		await phone.own('I am late.', /Sent/).waitFor();
		await phone.own('My notice', 'Not sent: you are no longer in Kitchen').waitFor();
		const more = phone.own('One more', 'Not sent: you are no longer in Kitchen');
		assert.deepEqual(await written(), ['We begin.', 'I am late.']);
		const found = await accessible(phone.page, 'kept messages');
		await phone.page.setViewportSize({ width: 320, height: 640 });
		found.push(...(await tooWide(phone.page, 'kept messages at 320')));
		await phone.page.setViewportSize(PHONE);
		assert.deepEqual(found, []);

		// It is kept when the page is loaded again, and goes to the operator alone or nowhere.
		await phone.page.reload();
		await phone.live();
		await more.waitFor();
		assert.deepEqual(await written(), ['We begin.', 'I am late.']);
		await phone.own('My notice', 'Not sent').getByRole('button', { name: 'Send to the operator' }).click();
		await phone.own('My notice', /only the operator.*Sent/).waitFor();
		await more.getByRole('button', { name: 'Delete' }).click();
		await more.waitFor({ state: 'detached' });
		const { messages } = await stage.server.verb('history', { limit: 50 });
		const { audience, topic } = messages.find(({ message }) => message.startsWith('My notice'));
		assert.deepEqual([audience, topic, messages.length], ['private', undefined, 3]);
	} finally {
		radio.close();
	}
});

test('whoever is put into the topic again may send there what was kept', async () => {
	const radio = await Lossy.before(stage.server.url);
	try {
		const { phone, ana } = await inKitchen(radio);
		stage.expectOutage();
		await phone.goOffline(radio);
		await phone.write('My notice to the kitchen.', 'kitchen');
		await members('remove_members', [ana]);
		await phone.goOnline(radio);
		const kept = phone.own('My notice', 'Not sent: you are no longer in Kitchen');
		await kept.waitFor();
		await members('add_members', [ana]);
		await phone.own('My notice', 'Not sent: you were not in Kitchen').waitFor();
		assert.deepEqual(await written(), ['We begin.']);
		await phone.page.getByRole('button', { name: 'Try again' }).click();
		await phone.own('My notice', /Sent/).waitFor();
		await eventually(async () => assert.deepEqual(await written(), ['We begin.', 'My notice to the kitchen.']));
	} finally {
		radio.close();
	}
});
