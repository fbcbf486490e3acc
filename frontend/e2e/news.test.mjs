import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, tooWide } from './checks.mjs';
import { Lossy } from './lossy.mjs';
import { Phone } from './phone.mjs';
import { eventually, LAPTOP, PHONE, useStage } from './stage.mjs';

// What happens in a room beside its messages, as its people see it.
const stage = useStage('-client-rate', '0');

const create = (topic, title = topic) => stage.server.verb('create_topic', { topic, title });
const line = (phone, words) => phone.page.locator('#messages li').filter({ hasText: words });

async function idOf(name) {
	const { clients } = await stage.server.verb('clients');
	return clients.find((client) => client.name === name).user_id;
}

test('a new topic is told in everybody’s list, also to who was away, and joined there', async () => {
	await create('old');
	const ana = await stage.phone('Ana Lima');
	await create('group-a', 'Group A');
	await line(ana, 'New topic: Group A').getByRole('button', { name: 'Join Group A' }).click();
	await line(ana, 'You joined Group A').getByRole('button', { name: 'Undo joining Group A' }).waitFor();
	await stage.server.verb('broadcast', { message: 'Welcome.', topic: 'group-a' });
	await ana.row('Welcome.').getByText('Group A').waitFor();
	assert.equal(await line(ana, 'New topic').count(), 0);

	const later = new Phone(await stage.tab(ana.page));
	await ana.page.close();
	await create('group-b', 'Group B');
	await later.page.goto(stage.server.url);
	await later.live();
	await line(later, 'New topic: Group B').waitFor();
	await line(later, 'You joined Group A').waitFor();
	await later.switcher.click();
	await later.dialog.getByText('New', { exact: true }).waitFor();
	await later.dialog.getByRole('switch', { name: 'Group B, joined' }).check();
	await later.dialog.getByText('New', { exact: true }).waitFor({ state: 'detached' });
	await later.dialog.getByRole('button', { name: 'Close' }).click();
	await line(later, 'You joined Group B').getByRole('button', { name: 'Undo joining Group B' }).click();
	await line(later, 'New topic: Group B').waitFor();
});

test('a link to a topic joins it after coming in, and leaves the address bar', async () => {
	await create('group-a', 'Group A');
	const ana = new Phone(await stage.page({ size: PHONE, touch: true }));
	await ana.page.goto(`${stage.server.url}#topic=group-a`);
	await ana.comeIn('Ana Lima');
	await ana.page.getByRole('heading', { name: /Group A$/ }).waitFor();
	assert.equal(new URL(ana.page.url()).hash, '');
	await stage.server.verb('broadcast', { message: 'Welcome.', topic: 'group-a' });
	await ana.row('Welcome.').waitFor();

	// Scanned again in the room, and one that is not there.
	await ana.go('All messages');
	await ana.page.goto(`${stage.server.url}#topic=group-a`);
	await ana.page.getByRole('heading', { name: /Group A$/ }).waitFor();
	await ana.page.goto(`${stage.server.url}#topic=nowhere`);
	await ana.page.getByRole('alert').getByText('There is no topic called nowhere here.').waitFor();
});

test('the room’s new name reaches every page at once, as heading and as a line', async () => {
	await stage.server.verb('set_name', { name: 'Hall 2' });
	const [ana, wide] = [await stage.phone('Ana Lima'), await stage.phone('Ben', { size: LAPTOP, touch: false })];
	await ana.switcher.getByText('Hall 2').waitFor();
	await stage.server.verb('set_name', { name: 'Hall 3' });
	for (const phone of [ana, wide]) {
		await line(phone, 'The room is now called Hall 3').waitFor();
		await eventually(async () => assert.equal(await phone.page.title(), 'Hall 3'));
	}
	await ana.switcher.getByText('Hall 3').waitFor();
	await wide.page.locator('aside').getByText('Hall 3').waitFor();
	await ana.switcher.click();
	await ana.dialog.getByText('2 people here · You are Ana Lima').waitFor();
	await ana.page.reload();
	await line(ana, 'The room is now called Hall 3').waitFor();
	assert.equal(await line(ana, 'The room is now called').count(), 1);
});

test('the operator’s name is on what they write', async () => {
	await stage.server.verb('set_settings', { operator_name: 'Sofia Berg' });
	const ana = await stage.phone('Ana Lima');
	await stage.server.verb('broadcast', { message: 'Lunch at noon.' });
	await ana.row('Lunch at noon.').getByText('Sofia Berg').waitFor();
	await ana.row('Lunch at noon.').getByText(', operator').waitFor({ state: 'attached' });
});

test('who is muted finds the field closed, with what was written, and open again', async () => {
	const ana = await stage.phone('Ana Lima');
	await ana.text.fill('A draft.');
	const user_id = await idOf('Ana Lima');
	await stage.server.verb('mute', { user_id });
	const writing = ana.page.getByRole('region', { name: 'Writing' });
	await writing.getByText('The operator has muted you.').waitFor();
	assert.equal(await ana.text.count(), 0);
	await ana.page.reload();
	await writing.getByText('Your draft is kept.').waitFor();
	await stage.server.verb('unmute', { user_id });
	await ana.text.waitFor();
	assert.equal(await ana.text.inputValue(), 'A draft.');
});

test('what was missed in other places is said, and where', async () => {
	await create('kitchen');
	const radio = await Lossy.before(stage.server.url);
	try {
		const ana = new Phone(await stage.page({ size: PHONE, touch: true }));
		await ana.page.goto(radio.url);
		await ana.comeIn('Ana Lima');
		await ana.go('Operator');
		const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
		stage.expectOutage();
		await ana.goOffline(radio);
		for (let i = 1; i <= 3; i++) await ben.post(`Number ${i}.`);
		await ana.goOnline(radio);
		await ana.live();
		const strip = ana.page.getByRole('region', { name: 'Missed in other places' });
		await strip.getByText('You missed 3 messages in General.').waitFor();
		assert.equal(await ana.page.getByRole('button', { name: /^Jump to the latest/ }).count(), 0);
		await strip.getByRole('button', { name: 'Show' }).click();
		await ana.page.getByRole('heading', { name: /General$/ }).waitFor();
		await ana.page.getByRole('heading', { name: 'You missed 3 messages' }).waitFor();
		await strip.waitFor({ state: 'detached' });
	} finally {
		radio.close();
	}
});

test('a person whom the operator put into a topic is told, has its messages, and may leave', async () => {
	await create('kitchen', 'Kitchen');
	const ana = await stage.phone('Ana Lima');
	const [user_id] = [await idOf('Ana Lima')];
	await stage.server.verb('add_members', { topic: 'kitchen', user_ids: [user_id] });
	await line(ana, 'The operator added you to Kitchen').waitFor();
	await stage.server.verb('broadcast', { message: 'Soup is ready.', topic: 'kitchen' });
	await ana.row('Soup is ready.').waitFor();
	await ana.go('Kitchen');
	await ana.row('Soup is ready.').waitFor();
	assert.equal(await ana.audience.inputValue(), 'kitchen');

	await stage.server.verb('remove_members', { topic: 'kitchen', user_ids: [user_id] });
	await ana.page.getByRole('heading', { name: /All messages$/ }).waitFor();
	await line(ana, 'The operator removed you from Kitchen').waitFor();
	assert.equal(await ana.audience.inputValue(), '');

	// Whoever is away is told when they are back.
	const later = new Phone(await stage.tab(ana.page));
	await ana.page.close();
	await stage.server.verb('add_members', { topic: 'kitchen', user_ids: [user_id] });
	await stage.server.verb('broadcast', { message: 'The soup is gone.', topic: 'kitchen' });
	await later.page.goto(stage.server.url);
	await later.row('The soup is gone.').waitFor();
	await line(later, 'The operator added you to Kitchen').getByRole('button', { name: 'Leave Kitchen' }).click();
	await line(later, 'You left Kitchen').waitFor();
	await later.page.reload();
	await later.live();
	assert.equal(await line(later, 'The operator added you').count(), 0);
});

test('what the operator has seen is said below one’s last seen message', async () => {
	const ana = await stage.phone('Ana Lima');
	const user_id = await idOf('Ana Lima');
	await ana.write('I need help.');
	await ana.own('I need help.', 'Sent').waitFor();
	await ana.write('At bay 3.', 'general');
	await ana.own('At bay 3.', 'Sent').waitFor();
	await stage.server.verb('seen', { user_id, seq: 1 });
	await ana.own('I need help.', 'Seen by the operator').waitFor();
	await ana.own('At bay 3.', 'Sent').waitFor();
	await stage.server.verb('seen', { user_id, seq: 2 });
	await ana.own('At bay 3.', 'Seen by the operator').waitFor();
	await ana.own('I need help.', 'Sent').waitFor();
	await ana.page.reload();
	await ana.own('At bay 3.', 'Seen by the operator').waitFor();
});

test('the lines, the sheet, the question about a draft and the closed field fit and break no rule of axe', async () => {
	await stage.server.verb('set_name', { name: 'Hall 2' });
	const ana = await stage.phone('Ana Lima', { size: { width: 320, height: 568 } });
	const wrong = [];
	const look = async (where) => wrong.push(...(await tooWide(ana.page, where)), ...(await accessible(ana.page, where)));
	await create('group-a', 'Maintenance of the northern compressors');
	await create('group-b', 'Group B');
	await stage.server.verb('set_name', { name: 'Hall 3, late shift' });
	await line(ana, 'Group B').getByRole('button', { name: 'Join Group B' }).click();
	await stage.server.verb('broadcast', { message: 'Welcome.', priority: 4 });
	await line(ana, 'The room is now called').waitFor();
	await look('lines');
	await ana.go('Group B');
	await ana.row('Welcome.').waitFor();
	await look('a topic');
	await ana.switcher.click();
	await look('places');
	await ana.dialog.getByRole('button', { name: 'Close' }).click();
	await ana.text.fill('Half a sentence');
	await ana.go('Operator');
	await look('a draft');
	const user_id = await idOf('Ana Lima');
	await stage.server.verb('mute', { user_id });
	await ana.page.getByRole('region', { name: 'Writing' }).waitFor();
	await look('muted');
	assert.deepEqual(wrong, []);
});
