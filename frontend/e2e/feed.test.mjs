import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, tooWide } from './checks.mjs';
import { eventually, useStage } from './stage.mjs';

// How the feed of the dashboard reads.
const stage = useStage('-client-rate', '0');

test('what one person writes in a row has one heading, and each line its clock', async () => {
	const dashboard = await stage.dashboard();
	const [ana, ben] = [
		await stage.wire({ name: 'Ana', user_id: 'ana' }),
		await stage.wire({ name: 'Ben', user_id: 'ben' }),
	];
	for (const text of ['North door is open.', 'Nobody left in the aisle.', 'We are 11 out here.']) await ana.post(text);
	await ben.post('On my way.');
	await ana.post('Thank you.');
	await dashboard.row('Thank you.').waitFor();
	const heads = dashboard.messages.locator('.message-head');
	assert.deepEqual(await heads.locator('b').allInnerTexts(), ['Ana', 'Ben', 'Ana']);
	const clocks = await dashboard.messages.locator('time').allInnerTexts();
	assert.equal(clocks.length, 5);
	for (const clock of clocks) assert.match(clock, /^\d\d:\d\d$/);
	await dashboard.page.getByRole('heading', { name: 'Today', level: 3 }).waitFor();
});

test('important and urgent are marked alike in the feed, the search, and in context', async () => {
	const dashboard = await stage.dashboard();
	await stage.wire({ name: 'Ana', user_id: 'ana' });
	await stage.server.verb('broadcast', { message: 'Wet floor at gate 5.', priority: 4, message_id: 'a' });
	await stage.server.verb('broadcast', { message: 'Leave bay 3 now.', priority: 5, message_id: 'b' });
	const marks = async (list) => {
		await list.getByText('Leave bay 3 now.').waitFor();
		const found = await list
			.locator('.mark')
			.evaluateAll((all) =>
				all.map((mark) => [mark.innerText.trim(), mark.querySelector('use').getAttribute('href')].join(' ')),
			);
		return found.sort();
	};
	const expected = ['Important #i-bell', 'Urgent #i-alert'];
	assert.deepEqual(await marks(dashboard.page.locator('#messages')), expected);
	await dashboard.aboutMessage('Leave bay 3 now.', 'Show in search');
	assert.deepEqual(await marks(dashboard.page.locator('#context ol')), expected);
	assert.deepEqual(await marks(dashboard.page.getByRole('region', { name: 'Messages found' })), expected);
});

test('Reply says so, and Delete is in the menu, last and apart', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
	for (const text of ['North door is open.', 'We count 19 at point B.', 'We are 11 out here.']) await ana.post(text);
	await dashboard.row('We are 11').waitFor();
	const row = dashboard.row('We count 19');
	await row.hover();
	const reply = row.getByRole('button', { name: 'Reply to Ana' });
	assert.equal((await reply.innerText()).trim(), 'Reply');
	const more = row.getByRole('button', { name: /^More about the message/ });
	const [a, b] = [await reply.boundingBox(), await more.boundingBox()];
	for (const { width, height } of [a, b]) assert.ok(width >= 32 && height >= 32, `${width} by ${height}`);
	assert.ok(b.x - (a.x + a.width) >= 8, 'the buttons are apart');
	// On a row lower than they are, all of them can be pressed.
	const onTop = ({ x, y, width, height }) =>
		document.elementFromPoint(x + width / 2, y + height - 1).closest('.acts') !== null;
	for (const box of [a, b]) assert.ok(await dashboard.page.evaluate(onTop, box), 'the button is on top');
	await more.click();
	const menu = row.locator('.over > *');
	const parts = await menu.evaluateAll((all) =>
		all.map((part) => part.tagName + (part.querySelector('span')?.firstChild.data ?? '')),
	);
	assert.deepEqual(parts, ['BUTTONCopy text', 'BUTTONShow in search', 'HR', 'BUTTONDelete for everyone']);
	await row.getByRole('button', { name: /^Delete for everyone/ }).click();
	const focused = () => dashboard.page.evaluate(() => document.activeElement.textContent.trim());
	assert.equal(await focused(), 'Cancel');
	await dashboard.page.keyboard.press('Enter');
	await dashboard.dialog.waitFor({ state: 'detached' });
	await row.waitFor();
	await dashboard.withdraw('We count 19');
	await row.waitFor({ state: 'detached' });
});

test('the keyboard alone reaches the actions of a message, and they are no stops of the others', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
	for (const text of ['First.', 'Second.', 'Third.']) await ana.post(text);
	await dashboard.row('Third.').waitFor();
	const { page } = dashboard;
	for (const text of ['First.', 'Second.', 'Third.']) await dashboard.row(text).hover();
	await page.locator('#messages').focus();
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('ArrowUp');
	await eventually(async () => assert.match(await page.evaluate(() => document.activeElement.textContent), /Second\./));
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
	assert.match(await focused(), /^Delete for everyone/);
	await page.keyboard.press('Escape');
	await page.keyboard.press('Tab');
	await eventually(async () =>
		assert.ok(await page.evaluate(() => document.activeElement.closest('article') === null)),
	);
});

test('a message and its menu, the search and the figures break no rule of axe, and fit from 320 pixels on', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
	for (const text of ['North door is open.', 'We count 19 at point B.']) await ana.post(text);
	await stage.server.verb('broadcast', { message: 'Wet floor.', priority: 4, ack: 'Understood', message_id: 'a' });
	await dashboard.row('Wet floor.').waitFor();
	const found = [];
	const look = async (state) => void found.push(...(await accessible(page, state)), ...(await tooWide(page, state)));
	await page.getByText('Technical', { exact: true }).click();
	await look('the figures');
	await dashboard.row('We count 19').hover();
	await dashboard
		.row('We count 19')
		.getByRole('button', { name: /^More about the message/ })
		.click();
	await look('the menu of a message');
	await page.keyboard.press('Escape');
	await dashboard.aboutMessage('We count 19', /^Delete for everyone/);
	await look('before a message is deleted');
	await page.keyboard.press('Escape');
	await dashboard.aboutMessage('We count 19', 'Show in search');
	await page.locator('#context li.chosen').waitFor();
	await look('the search');
	await dashboard.turn('Room');
	for (const width of [320, 760, 1920]) {
		await page.setViewportSize({ width, height: 800 });
		found.push(...(await tooWide(page, `the feed at ${width}`)));
	}
	assert.deepEqual(found, []);
	await page.setViewportSize({ width: 390, height: 800 });
	await page.getByRole('tab', { name: 'Feed' }).click();
	await dashboard.aboutMessage('North door', 'Show in search');
	await page.locator('#context li.chosen', { hasText: 'North door' }).waitFor();
});
