import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, tooWide } from './checks.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

const says = (where, words) => eventually(async () => assert.match(await where.innerText(), words));

/** A person who is here, with a token: who closes the connection is away. */
const here = (name) => {
	const id = name.toLowerCase().replace(/[^a-z]/g, '');
	return stage.wire({ name, user_id: id, token: `the-token-of-person-${id}` });
};

test('Enter in the picker takes the first row, arrows another, and Escape nothing', async () => {
	for (const name of ['Ana Lima', 'Anton Berg']) await here(name);
	const dashboard = await stage.dashboard();
	const { page, picker, text, readers } = dashboard;
	await dashboard.person('Anton Berg').waitFor();
	await text.fill('For one person only: your test result is back.');
	const find = picker.getByRole('combobox');
	const marked = picker.getByRole('option', { selected: true });
	await picker.locator('.opener').click();
	await says(marked, /^Everyone/);
	await find.fill('an');
	await says(marked, /^Ana Lima/);
	assert.equal(await find.getAttribute('aria-activedescendant'), await marked.getAttribute('id'));
	await page.keyboard.press('ArrowDown');
	await says(marked, /^Anton Berg/);
	await page.keyboard.press('Escape');
	assert.equal(await find.count(), 0);
	await says(readers, /^Everyone: 2 here/);
	await picker.locator('.opener').click();
	await find.fill('ana');
	await page.keyboard.press('Enter');
	await says(readers, /^Only Ana Lima reads this/);
	await says(dashboard.send, /^Send to Ana Lima$/);
	await find.waitFor({ state: 'detached' });
	assert.equal((await stage.server.verb('state')).seq, 0);
	await page.keyboard.press('Control+Enter');
	await dashboard.row('your test result').getByText('Ana Lima').waitFor();
});

test('whoever is called like everyone is offered before everyone', async () => {
	await here('Eve');
	const dashboard = await stage.dashboard();
	await dashboard.person('Eve').waitFor();
	await dashboard.address('eve');
	await says(dashboard.readers, /^Only Eve reads this/);
});

test('Enter in the title goes to the message, and in the words of the button to Send', async () => {
	const dashboard = await stage.dashboard();
	const { page, text, title } = dashboard;
	await here('Ana');
	await text.fill('Leave bay 3');
	await page.getByRole('switch', { name: 'Ask people to confirm' }).check();
	await title.press('Enter');
	await eventually(async () => assert.ok(await text.evaluate((field) => field === document.activeElement)));
	await page.getByLabel('Button text').press('Enter');
	await eventually(async () => assert.ok(await dashboard.send.evaluate((one) => one === document.activeElement)));
	assert.equal((await stage.server.verb('state')).seq, 0);
});

test('a reply is for one message, then those chosen by hand are written to again', async () => {
	const ana = await here('Ana Lima');
	const dashboard = await stage.dashboard();
	const { readers, text, page, picker } = dashboard;
	ana.notify('May I go?');
	await ana.post('Hello all');
	await dashboard.address('general');
	await says(readers, /^Only General reads this: 1 here$/);
	await dashboard.row('May I go?').hover();
	await dashboard
		.row('May I go?')
		.getByRole('button', { name: /^Reply/ })
		.click();
	await says(readers, /^Only Ana Lima reads this\. Next message: General again$/);
	await text.fill('Yes.');
	await dashboard.send.click();
	await dashboard.row('Yes.').waitFor();
	await says(readers, /^Only General reads this: 1 here$/);
	assert.ok(await page.locator('#composer .box.narrow').isVisible());
	await page.getByRole('button', { name: 'Back to everyone' }).click();
	await says(readers, /^Everyone: 1 here$/);
	await says(picker, /everyone/);
});

test('a reload keeps text, audience and reply together, and the name of whoever left', async () => {
	const ana = await here('Ana Lima');
	const dashboard = await stage.dashboard();
	const { page, readers, text, send } = dashboard;
	ana.notify('I need help at bay 3.');
	await dashboard.row('I need help').hover();
	await dashboard
		.row('I need help')
		.getByRole('button', { name: /^Reply/ })
		.click();
	await text.fill('I am on my way.');
	await page.reload();
	await says(readers, /^Only Ana Lima reads this\. Next message: everyone again$/);
	await page.locator('#composer .quote').getByText('I need help at bay 3.').waitFor();
	assert.equal(await text.inputValue(), 'I am on my way.');
	await says(send, /^Send to Ana Lima$/);
	ana.say({ action: 'leave' });
	await dashboard.person('Ana Lima').waitFor({ state: 'detached' });
	await page.reload();
	await says(readers, /^Only Ana Lima reads this, when back/);
	await says(send, /^Send to Ana Lima$/);
	await send.click();
	await dashboard.row('I am on my way.').locator('.quote').getByText('I need help').waitFor();
	await says(readers, /^Everyone|^Nobody/);
});

test('a reply to what was deleted meanwhile stays for whom it was', async () => {
	const ana = await here('Ana Lima');
	const dashboard = await stage.dashboard();
	const { page, readers, text } = dashboard;
	ana.notify('A secret.');
	await dashboard.row('A secret.').hover();
	await dashboard
		.row('A secret.')
		.getByRole('button', { name: /^Reply/ })
		.click();
	await text.fill('Only for you.');
	await page.goto('about:blank');
	await stage.server.verb('withdraw', { seq: 1 });
	await page.goto(stage.server.dashboardUrl);
	await page.getByText('The message that you replied to is gone.').waitFor();
	await says(readers, /^Only Ana Lima reads this/);
	assert.equal(await page.getByText('A secret.').count(), 0);
});

test('an archived topic is written to no more, and a text whose readers are unknown has none', async () => {
	await here('Ana');
	const dashboard = await stage.dashboard();
	const { page, readers, send, text } = dashboard;
	await stage.server.verb('create_topic', { topic: 'kitchen', title: 'Kitchen', kind: 'open' });
	await dashboard.address('Kitchen');
	await text.fill('Soup is ready');
	await stage.server.verb('archive_topic', { topic: 'kitchen', archived: true });
	await says(readers, /^Kitchen is archived\. Choose who reads this\.$/);
	assert.ok(await send.isDisabled());
	await text.press('Control+Enter');
	await page.goto('about:blank');
	await page.goto(stage.server.dashboardUrl);
	await says(readers, /^Kitchen is archived/);
	await page.evaluate(() => {
		const key = Object.keys(localStorage).find((name) => name.startsWith('belfry.dashboard.draft.'));
		const kept = JSON.parse(localStorage.getItem(key));
		const value = { ...kept.value, audience: { to: 'mars' } };
		addEventListener('pagehide', () => localStorage.setItem(key, JSON.stringify({ ...kept, value })));
	});
	await page.reload();
	await says(readers, /^Nobody is chosen\. Choose who reads this\.$/);
	assert.equal(await text.inputValue(), 'Soup is ready');
	assert.ok(await send.isDisabled());
	assert.equal((await stage.server.verb('state')).seq, 0);
});

test('Send says how many a message is sent to as the receipts say it, with people away', async () => {
	const dashboard = await stage.dashboard();
	const { send, readers } = dashboard;
	await stage.server.verb('create_topic', { topic: 'kitchen', title: 'Kitchen', kind: 'open' });
	const ids = ['ana', 'ben', 'cleo', 'dan'];
	const wires = [];
	for (const id of ids) wires.push(await stage.wire({ name: id, user_id: id, token: `the-token-of-person-${id}` }));
	for (const wire of wires.slice(1)) wire.say({ action: 'subscribe', topics: ['kitchen'] });
	await stage.wire({ name: 'ana', user_id: 'ana', token: 'the-token-of-person-ana' }); // her second device
	wires[1].close();
	wires[2].close();
	await says(send, /^Send to 4 · 2 away$/);
	await says(readers, /^Everyone: 2 here, 2 away$/);
	await dashboard.say('To all');
	await dashboard.row('To all').getByText('0 of 4 read').waitFor();
	await dashboard.address('Kitchen');
	await says(send, /^Send to 3 in Kitchen$/);
	await says(readers, /^Only Kitchen reads this: 1 here, 2 away$/);
	await dashboard.say('To some');
	await dashboard.row('To some').getByText('0 of 3 read').waitFor();
});

test('the field grows to 40 % of the height, and what is below it stays where it is', async () => {
	await here('Ana');
	const dashboard = await stage.dashboard();
	const { page, text, send } = dashboard;
	await says(send, /^Send to 1$/);
	const places = async () => [
		await send.boundingBox(),
		await page.getByRole('radio', { name: 'Urgent' }).boundingBox(),
	];
	const before = await places();
	await text.fill(Array.from({ length: 14 }, (_, i) => `Line ${i + 1}`).join('\n'));
	const all = await text.evaluate((field) => field.scrollHeight - field.clientHeight);
	assert.equal(all, 0, 'fourteen lines are seen');
	assert.deepEqual(await places(), before);
	await text.fill('x\n'.repeat(100));
	const { height } = await text.boundingBox();
	assert.ok(Math.abs(height - 320) < 2, `${height} px of 800`);
	assert.deepEqual(await places(), before);
	await page.getByRole('switch', { name: 'Ask people to confirm' }).check();
	assert.deepEqual(await places(), before);
});

test('of a long name Send shows the beginning', async () => {
	await here('Maximilian Wolfeschlegelsteinhausenbergerdorff the Younger');
	const dashboard = await stage.dashboard();
	const { page, send } = dashboard;
	await dashboard.address('Maximilian');
	const cut = await send.locator('span').evaluate((label) => {
		const box = label.getBoundingClientRect();
		const range = document.createRange();
		range.setStart(label.firstChild, 0);
		range.setEnd(label.firstChild, 8);
		const begins = range.getBoundingClientRect();
		return {
			left: begins.left - box.left,
			isCut: label.scrollWidth > label.clientWidth,
			way: getComputedStyle(label).textOverflow,
		};
	});
	assert.deepEqual(cut, { left: 0, isCut: true, way: 'ellipsis' });
	assert.match(await send.getAttribute('title'), /the Younger$/);
	assert.deepEqual(await tooWide(page, 'a long name'), []);
});

test('what is asked for is asked anew each time', async () => {
	await here('Ana');
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.say('Leave bay 3', { asks: 'I am out', priority: 'Important', times: 3 });
	await dashboard.row('Leave bay 3').waitFor();
	const asks = page.getByRole('switch', { name: 'Ask people to confirm' });
	assert.equal(await asks.isChecked(), false);
	assert.ok(await page.getByRole('radio', { name: 'Normal' }).isChecked());
	await asks.check();
	assert.equal(await page.getByLabel('Button text').inputValue(), 'Understood');
	assert.equal(await page.getByLabel('Remind').inputValue(), '0');
	assert.deepEqual(await accessible(page, 'a message that asks'), []);
});

test('what is sent while the feed is filtered can be seen with one press', async () => {
	await here('Ana');
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await page.getByLabel('Filter the feed').fill('nothing like this');
	await page.getByText('No messages match.').waitFor();
	await dashboard.say('All clear');
	await page.getByText('The feed is filtered, and does not show what you sent.').waitFor();
	assert.equal(await dashboard.row('All clear').count(), 0);
	await page.getByRole('button', { name: 'Show everything' }).click();
	await dashboard.row('All clear').waitFor();
	assert.equal(await page.getByText('The feed is filtered').count(), 0);
	// So is what a filter hides that is set just after.
	await dashboard.say('Lunch at one');
	await dashboard.row('Lunch at one').waitFor();
	await page.getByLabel('Filter the feed').fill('nothing like this');
	await page.getByText('The feed is filtered, and does not show what you sent.').waitFor();
});
