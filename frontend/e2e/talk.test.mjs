import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const text = async (locator, words) => eventually(async () => assert.equal(await locator.innerText(), words));

test('three phones and a dashboard see each other', async () => {
	const dashboard = await stage.dashboard();
	await text(dashboard.figure('here'), '0');
	await dashboard.page.getByRole('heading', { name: /No one has joined yet/ }).waitFor();

	const [ana, ben, cleo] = await Promise.all(['Ana Lima', 'Ben Okafor', 'Cleo Sato'].map((name) => stage.phone(name)));
	await text(dashboard.figure('here'), '3');
	for (const name of ['Ana Lima', 'Ben Okafor', 'Cleo Sato']) await dashboard.person(name).waitFor();

	await ana.write('Where do we meet?');
	await ana.sent('Where do we meet?').waitFor();
	await dashboard.row('Where do we meet?').getByText('only to you').waitFor();

	await ben.write('Anyone seen the drill?', 'general');
	await ana.row('Anyone seen the drill?').getByText('Ben Okafor').waitFor();
	await cleo.row('Anyone seen the drill?').waitFor();
	await dashboard.row('Anyone seen the drill?').getByText('general').waitFor();
	assert.equal(await ben.row('Where do we meet?').count(), 0);

	await dashboard.say('Lunch at noon.', { title: 'Lunch' });
	for (const phone of [ana, ben, cleo]) await phone.row('Lunch at noon.').getByText('everyone').waitFor();

	await cleo.page.close();
	await text(dashboard.figure('here'), '2');
	// A closed tab is away, not gone: what is written meanwhile waits for it.
	await dashboard.page.locator('#people .person.away').filter({ hasText: 'Cleo Sato' }).waitFor();
});

test('the operator writes to a topic and to one person', async () => {
	const dashboard = await stage.dashboard();
	const [ana, ben] = [await stage.phone('Ana Lima'), await stage.phone('Ben Okafor')];
	await dashboard.createTopic('Kitchen');
	await ana.switcher.click();
	await ana.dialog.getByRole('switch', { name: 'Kitchen, joined' }).check();
	await ana.dialog.getByRole('button', { name: 'Close' }).click();
	await dashboard.page.locator('#topic-kitchen').getByText('1 person').waitFor();

	await dashboard.say('Soup is ready.', { to: 'kitchen' });
	await ana.row('Soup is ready.').waitFor();
	await dashboard.say('Only for you, Ben.', { to: 'Ben' });
	await ben.row('Only for you, Ben.').getByText('only to you').waitFor();
	await dashboard.say('Everybody out.', { to: 'Everyone' });
	for (const phone of [ana, ben]) await phone.row('Everybody out.').waitFor();

	assert.equal(await ben.row('Soup is ready.').count(), 0);
	assert.equal(await ana.row('Only for you, Ben.').count(), 0);
});

test('a first message, in the room or in a topic, is headed by nothing about others that are gone', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.createTopic('Kitchen');
	const ana = await stage.phone('Ana Lima');
	await ana.switcher.click();
	await ana.dialog.getByRole('switch', { name: 'Kitchen, joined' }).check();
	await ana.dialog.getByRole('button', { name: 'Close' }).click();
	await dashboard.page.locator('#topic-kitchen').getByText('1 person').waitFor();
	// Only the day stands above it.
	const above = (row) => row.evaluate((row) => row.closest('ol').innerText.split(row.innerText)[0].trim());
	await dashboard.say('Good morning.', { to: 'Everyone' });
	await ana.row('Good morning.').waitFor();
	assert.match(await above(ana.row('Good morning.')), /^today$/i);
	await ana.go('Kitchen');
	await dashboard.say('Soup is ready.', { to: 'kitchen' });
	await ana.row('Soup is ready.').waitFor();
	assert.match(await above(ana.row('Good morning.')), /^today$/i);
});

test('an announce topic is a question to the operator alone', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.createTopic('Safety', 'Only you');
	const ana = await stage.phone('Ana Lima');
	await ana.switcher.click();
	await ana.dialog.getByText('Only the operator can post').waitFor();
	await ana.dialog.getByRole('switch', { name: 'Safety, joined' }).check();
	await ana.dialog.getByRole('button', { name: /^Safety/ }).click();
	assert.equal(await ana.audience.inputValue(), '');
	await dashboard.say('Gate 5 is closed.', { to: 'safety' });
	await ana.row('Gate 5 is closed.').waitFor();
});

test('an urgent message looks urgent and is told at once', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	await dashboard.say('Leave by the north door.', { title: 'Leave bay 3 now', priority: 'Urgent' });
	await ana.row('Leave by the north door.').getByText('Urgent', { exact: true }).waitFor();
	await ana.page.getByRole('alert').filter({ hasText: 'Leave bay 3 now' }).waitFor({ state: 'attached' });
	assert.ok(await ana.page.locator('li.urgent').isVisible());
	assert.ok(
		await dashboard.page.getByRole('radio', { name: 'Normal' }).isChecked(),
		'urgency is chosen anew each time',
	);
});

test('an urgent message that is out of sight has a strip until it is seen', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	await ana.go('Operator');
	await dashboard.say('Stop the line.', { to: 'general', priority: 'Urgent' });
	const strip = ana.page.getByRole('region', { name: 'Urgent, not seen yet' });
	await strip.getByRole('button', { name: 'Show' }).click();
	await ana.row('Stop the line.').waitFor();
	await strip.waitFor({ state: 'detached' });
});

test('answers quote what they answer, on both sides', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	await ana.write('Is it 11 or 11:30?');
	await dashboard.reply('Is it 11 or 11:30?', 'Half past.');
	await ana.row('Half past.').locator('.quote', { hasText: 'Is it 11 or 11:30?' }).waitFor();
	await ana.reply('Half past.', 'Thank you.');
	await dashboard.row('Thank you.').locator('.quote', { hasText: 'Half past.' }).waitFor();
	assert.equal(await dashboard.row('Thank you.').getByText('only to you').count(), 1);
});

test('what is not looked at is counted in the title', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	const look = (page, hidden) =>
		page.evaluate((value) => {
			Object.defineProperty(document, 'hidden', { value, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));
		}, hidden);
	await Promise.all([look(ana.page, true), look(dashboard.page, true)]);
	await dashboard.say('One');
	await ana.write('Two');
	await eventually(async () => assert.match(await ana.page.title(), /^\(1\) /));
	await eventually(async () => assert.match(await dashboard.page.title(), /^\([12]\) /));
	await Promise.all([look(ana.page, false), look(dashboard.page, false)]);
	await eventually(async () => assert.equal(await ana.page.title(), 'Belfry'));
	await eventually(async () => assert.equal(await dashboard.page.title(), 'Belfry'));
});

test('a name is changed while in the room, and the room is named', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	await dashboard.page.getByRole('button', { name: 'Name the room' }).click();
	await dashboard.dialog.getByLabel('Name').fill('Hall 2');
	await dashboard.dialog.getByRole('button', { name: 'Save' }).click();
	await eventually(async () => assert.equal(await dashboard.page.title(), 'Hall 2 · Belfry'));

	await ana.settings.click();
	await ana.dialog.getByRole('button', { name: 'Change name' }).click();
	await ana.dialog.getByLabel('Your name').fill('Ana L.');
	await ana.dialog.getByRole('button', { name: 'Save' }).click();
	await dashboard.person('Ana L.').waitFor();
	await ana.dialog.getByRole('button', { name: 'Close' }).click();

	const ben = await stage.phone();
	await ben.page.getByRole('heading', { name: 'Hall 2' }).waitFor();
});

test('leaving is asked for, and forgets who this was', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.phone('Ana Lima');
	await ana.settings.click();
	await ana.dialog.getByRole('button', { name: 'Leave' }).click();
	await ana.dialog.getByRole('button', { name: 'Leave the room' }).click();
	await ana.enter.waitFor();
	assert.equal(await ana.name.inputValue(), '');
	await text(dashboard.figure('here'), '0');
});

test('the feed is filtered by words, topic and person', async () => {
	const dashboard = await stage.dashboard();
	const [ana, ben] = [await stage.phone('Ana Lima'), await stage.phone('Ben Okafor')];
	await ana.write('Apples are here.', 'general');
	await ben.write('Pears are late.');
	await dashboard.row('Pears are late.').waitFor();

	const filter = dashboard.page.getByLabel('Filter the feed');
	await filter.fill('apples');
	await dashboard.row('Pears are late.').waitFor({ state: 'detached' });
	await dashboard.row('Apples are here.').waitFor();
	await filter.fill('');
	await dashboard.page.getByLabel('Topic', { exact: true }).selectOption('general');
	await dashboard.row('Pears are late.').waitFor({ state: 'detached' });
	await dashboard.page.getByLabel('Topic', { exact: true }).selectOption('');
	await dashboard.person('Ben Okafor').getByRole('button').first().click();
	await dashboard.aboutPerson('Ben Okafor', /^Messages/);
	await dashboard.row('Apples are here.').waitFor({ state: 'detached' });
	await dashboard.row('Pears are late.').waitFor();
	await dashboard.page.getByRole('button', { name: 'Show everyone’s' }).click();
	await dashboard.row('Apples are here.').waitFor();
});

/** Presses a button whose press moves the list to its end; the wheel is still turning, and its last step comes after that. */
async function pressWhileScrolling(page, button) {
	await page.evaluate(
		async ([list, press]) => {
			const end = () => list.scrollHeight - list.scrollTop - list.clientHeight < 2;
			list.dispatchEvent(new WheelEvent('wheel', { bubbles: true, deltaY: -100 }));
			press.click();
			while (!end()) await new Promise(requestAnimationFrame);
			await new Promise(requestAnimationFrame);
			list.scrollTop -= 100;
		},
		[await page.locator('#messages').elementHandle(), await button.elementHandle()],
	);
}

test('the end of the feed stays in sight when the window gets another size, until one scrolls up', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const ana = await stage.wire({ name: 'Ana Lima', user_id: 'ana' });
	for (let i = 1; i <= 20; i++) ana.notify(`${i}: ${'the quick brown fox jumps over the lazy dog '.repeat(8)}`);
	const jump = page.getByRole('button', { name: /^Jump to the latest/ });
	const atEnd = () =>
		eventually(async () => {
			const left = await page
				.locator('#messages')
				.evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);
			assert.ok(left < 24, `${left} px below`);
			assert.equal(await jump.count(), 0);
		});
	await dashboard.row('20: the quick').waitFor();
	for (const [width, height] of [
		[390, 844],
		[1280, 800],
		[1024, 600],
		[1920, 1080],
		[1280, 800],
	]) {
		await page.setViewportSize({ width, height });
		const tab = page.locator('#part-feed');
		if (await tab.isVisible()) await tab.click();
		await atEnd();
	}
	await dashboard.reply('20: the quick', 'An answer grows the composer, and sending shrinks it.');
	await dashboard.row('An answer grows').waitFor();
	await atEnd();
	await page.locator('#messages').hover();
	await page.mouse.wheel(0, -500);
	await jump.waitFor();
	ana.notify('One more');
	await page.getByRole('button', { name: 'Jump to the latest, 1 new' }).click();
	await atEnd();
	await page.mouse.wheel(0, -500);
	await jump.waitFor();
	await pressWhileScrolling(page, jump);
	await atEnd();
});

test('nothing moves from under a hand when the first person comes in', async () => {
	const dashboard = await stage.dashboard();
	const ask = dashboard.page.getByRole('switch', { name: 'Ask people to confirm' });
	await text(dashboard.send, 'Send');
	const before = await ask.boundingBox();
	await stage.wire({ name: 'Ana', user_id: 'ana' });
	await text(dashboard.send, 'Send to 1');
	assert.deepEqual(await ask.boundingBox(), before);
});
