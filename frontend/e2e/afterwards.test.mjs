import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from './checks.mjs';
import { eventually, LAPTOP, useStage } from './stage.mjs';

// What comes after a press (a wheel that turns on, a drag that ends elsewhere, a list that still scrolls) does not undo it.
const stage = useStage('-client-rate', '0');

/** Fills the room with more lines than fit on a screen. */
async function lines(count = 60) {
	const ana = await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
	for (let i = 1; i <= count; i++) ana.notify(`${i} of ${count}: ${'a long line '.repeat(12)}`, { topic: 'general' });
	return ana;
}

/** Turns the wheel over the list, presses in the middle of that, and turns on for half a second. */
async function pressWhileTurning(page, button) {
	await page.evaluate(
		async ([list, press]) => {
			const turn = async () => {
				list.dispatchEvent(new WheelEvent('wheel', { bubbles: true, deltaY: -60 }));
				list.scrollTop -= 60;
				await new Promise(requestAnimationFrame);
			};
			for (let i = 0; i < 3; i++) await turn();
			press.click();
			const end = performance.now() + 500;
			while (performance.now() < end) await turn();
		},
		[await page.locator('#messages').elementHandle(), await button.elementHandle()],
	);
}

const LISTS = [
	['the phone', () => stage.phone('Ben Okafor', { size: LAPTOP, touch: false })],
	['the dashboard', () => stage.dashboard()],
];

/** Pixels of the list below what is in sight. */
const left = (page) =>
	page.locator('#messages').evaluate((list) => list.scrollHeight - list.scrollTop - list.clientHeight);

for (const [name, open] of LISTS)
	test(`a wheel that turns on does not take back a jump to the end of the list of ${name}`, async () => {
		const opened = await open();
		const { page } = opened;
		await lines();
		await opened.row('60 of 60').waitFor();
		const jump = page.getByRole('button', { name: /^Jump to the latest/ });
		await page.locator('#messages').hover();
		// Once is enough, whatever the rows that come in sight turn out to be high.
		await page.mouse.wheel(0, -900);
		await jump.waitFor();
		await pressWhileTurning(page, jump);
		await eventually(async () => assert.ok((await left(page)) < 24, `${await left(page)} px below`));
		assert.equal(await jump.count(), 0);
		// A wheel that still turns is of the gesture before the press.
		await eventually(async () => {
			await page.mouse.wheel(0, -900);
			await jump.waitFor({ timeout: 300 });
		});
	});

for (const [name, open] of LISTS)
	test(`people who write do not take back a slow scroll up in the list of ${name}`, async () => {
		const opened = await open();
		const { page } = opened;
		const ana = await lines();
		await opened.row('60 of 60').waitFor();
		let said = 0;
		const talk = setInterval(() => ana.notify(`Word ${++said}`, { topic: 'general' }), 30);
		try {
			await page.locator('#messages').evaluate(async (list) => {
				for (let i = 0; i < 60; i++) {
					list.dispatchEvent(new WheelEvent('wheel', { bubbles: true, deltaY: -6 }));
					list.scrollTop -= 6;
					await new Promise(requestAnimationFrame);
				}
			});
		} finally {
			clearInterval(talk);
		}
		await page.getByRole('button', { name: /^Jump to the latest/ }).waitFor();
		assert.ok(said > 5, 'people wrote meanwhile');
	});

test('a list that was scrolled up by a hair follows its end again a second later', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const ana = await lines();
	await dashboard.row('60 of 60').waitFor();
	await page.locator('#messages').evaluate((list) => {
		list.dispatchEvent(new WheelEvent('wheel', { bubbles: true, deltaY: -6 }));
		list.scrollTop -= 6;
	});
	ana.notify('While the wheel turned', { topic: 'general' });
	const last = dashboard.row('While the wheel turned');
	await last.waitFor();
	await eventually(async () => assert.ok((await left(page)) < 2));
});

test('a press that began in a dialog and ends beside it closes nothing', async () => {
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
	await dashboard.aboutPerson('Ana Lima', /^Remove/);
	const reason = dialog.getByLabel('What they will read');
	await reason.fill('Your shift has ended.');
	await reason.hover();
	await page.mouse.down();
	await page.mouse.move(5, 5, { steps: 3 });
	await page.mouse.up();
	await settled(page);
	assert.equal(await reason.inputValue(), 'Your shift has ended.');
	await page.mouse.click(5, 5);
	await dialog.waitFor({ state: 'detached' });

	const phone = await stage.phone('Ben Okafor', { touch: false });
	await phone.settings.first().click();
	await phone.dialog.getByRole('heading', { name: 'Settings' }).hover();
	await phone.page.mouse.down();
	await phone.page.mouse.move(5, 5, { steps: 3 });
	await phone.page.mouse.up();
	await settled(phone.page);
	assert.ok(await phone.dialog.isVisible());
	await phone.page.mouse.click(5, 5);
	await phone.dialog.waitFor({ state: 'detached' });
});

test('what a field says once it was left moves nothing under the press for which it was left', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const days = page.getByLabel('Keep messages for');
	const press = async (button) => {
		const { x, y, width } = await button.boundingBox();
		await page.mouse.move(x + width / 2, y + 4);
		await page.mouse.down();
		await settled(page);
		await page.mouse.up();
	};
	await dashboard.settings('History');
	await days.fill('none');
	await press(page.getByRole('button', { name: 'Choose in Search' }));
	await page.locator('#search-log:focus').waitFor();

	await dashboard.settings('History');
	await days.fill('none');
	await days.press('Enter');
	await page.getByRole('alert').getByText('Enter a number').waitFor();
	await days.fill('90');
	await press(page.getByRole('button', { name: 'Choose in Search' }));
	await page.locator('#search-log:focus').waitFor();
});

test('two presses on Let in let in one, not the next one too', async () => {
	await stage.server.verb('set_access', { access: 'approval' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	for (const name of ['Ana', 'Ben', 'Cleo', 'Dora']) {
		const wire = await stage.wire();
		const waits = wire.heard('waiting');
		wire.say({ action: 'hello', name, user_id: `knocks-${name}`, token: `a-token-of-${name}-who-knocks` });
		await waits;
	}
	await page.getByRole('heading', { name: '4 are waiting to join' }).waitFor();
	const box = await page.getByRole('button', { name: 'Let in Ana' }).boundingBox();
	const at = [box.x + box.width / 2, box.y + box.height / 2];
	await page.mouse.click(...at);
	// Ben's button has come to where Ana's was.
	await page.getByRole('heading', { name: '3 are waiting to join' }).waitFor();
	await page.mouse.click(...at, { clickCount: 2 });
	const waiting = async () => (await stage.server.verb('lobby')).waiting.map(({ name }) => name);
	await settled(page);
	assert.deepEqual(await waiting(), ['Ben', 'Cleo', 'Dora']);
	// By keyboard the focus goes to the next one, who is let in as soon as somebody wants it.
	await page.getByRole('button', { name: 'Let in Ben' }).press('Enter');
	await page.getByRole('heading', { name: '2 are waiting to join' }).waitFor();
	await page.locator('button:focus', { hasText: 'Let in' }).press('Enter');
	await eventually(async () => assert.deepEqual(await waiting(), ['Dora']));
});

test('a menu goes with its button while the list scrolls, and closes once that is out of sight', async () => {
	for (let i = 10; i < 50; i++) await stage.wire({ name: `Person ${i}`, user_id: `person-${i}` });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const row = dashboard.person('Person 15');
	await row.getByRole('button').first().click();
	const opener = row.getByRole('button', { name: /^More about/ });
	await opener.click();
	const menu = page.getByRole('button', { name: /^Release name/ });
	await menu.waitFor();
	const list = page.getByRole('group', { name: 'List of people' });
	await list.hover({ position: { x: 20, y: 20 } });
	const before = await opener.boundingBox();
	await page.mouse.wheel(0, 40);
	await eventually(async () => assert.ok((await opener.boundingBox()).y < before.y - 20));
	await eventually(async () => {
		const [at, over] = [await opener.boundingBox(), await row.locator('.over').boundingBox()];
		const gap = Math.min(Math.abs(over.y - at.y - at.height), Math.abs(at.y - over.y - over.height));
		assert.ok(gap < 8, `${gap} px between the button and its menu`);
	});
	await page.setViewportSize({ ...LAPTOP, height: 720 });
	await settled(page);
	assert.ok(await menu.isVisible());
	await page.mouse.wheel(0, 2000);
	await menu.waitFor({ state: 'detached' });
});

test('a conversation stays at its end while the answer below it grows, until one scrolls up', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	const ana = await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
	for (let i = 1; i <= 30; i++) ana.notify(`Question ${i}: ${'what about it '.repeat(6)}`);
	await dashboard.row('Question 30').waitFor();
	await dashboard.person('Ana Lima').getByRole('button').first().click();
	await dashboard.person('Ana Lima').getByRole('button', { name: 'Write' }).click();
	const talk = page.getByRole('log', { name: 'Conversation with Ana Lima' });
	await talk.getByText('Question 30').waitFor();
	const left = () => talk.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
	const atEnd = () => eventually(async () => assert.ok((await left()) < 4, `${await left()} px below`));
	await atEnd();
	await page.getByRole('textbox', { name: 'Message to Ana Lima only' }).fill('One\nTwo\nThree\nFour\nFive\nSix');
	await atEnd();
	await page.setViewportSize({ ...LAPTOP, height: 600 });
	await atEnd();
	await talk.hover();
	await page.mouse.wheel(0, -300);
	await eventually(async () => assert.ok((await left()) > 100));
	ana.notify('And one more.');
	await talk.getByText('And one more.').waitFor();
	await settled(page);
	assert.ok((await left()) > 100, 'what was scrolled to stays');
});
