import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

// What comes out of the printer: all of it, and nothing that belongs to the screen alone.
const stage = useStage('-client-rate', '0', '-max-per-address', '0');

/** Sets the page as it is printed, looks, and goes back. */
async function onPaper(page, look) {
	await page.emulateMedia({ media: 'print' });
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	try {
		return await look(page.locator('.sheet'));
	} finally {
		await page.evaluate(() => dispatchEvent(new Event('afterprint')));
		await page.emulateMedia({ media: null });
	}
}

/** How many pages a printed document has. */
async function pagesOf(page) {
	const pdf = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
	return [...pdf.matchAll(/\/Type\s*\/Page\b(?!s)/g)].length;
}

/** Fields, buttons and navigation that are to be seen on paper. */
const controls = (page) =>
	page.evaluate(() =>
		[...document.querySelectorAll('nav, button, input, select, textarea, form')]
			.filter((one) => one.checkVisibility())
			.map((one) => one.outerHTML.slice(0, 80)),
	);

test('a printed announcement has every name, the silent ones first', async () => {
	const people = 1_000;
	const token = (i) => `print-token-${String(i).padStart(8, '0')}`;
	const wires = await Promise.all(
		Array.from({ length: people }, (_, i) =>
			stage.wire({ name: `Person ${i}`, user_id: `print-${i}`, token: token(i), topics: [] }),
		),
	);
	await stage.server.verb('set_name', { name: 'Hall "2"' });
	const { seq } = await stage.server.verb('broadcast', {
		title: 'Roll call',
		message: 'Are you safe?',
		priority: 5,
		ack: 'I am safe',
		message_id: 'roll',
	});
	for (const wire of wires.slice(0, 3)) wire.say({ action: 'ack', seq });
	const dashboard = await stage.dashboard({ theme: 'dark' });
	await dashboard.open('Roll call');
	const { page } = dashboard;
	await eventually(async () => assert.equal(await dashboard.gauge('Confirmed').locator('.n').textContent(), '3'));
	await page.getByRole('rowheader', { name: 'Person' }).first().waitFor();
	await onPaper(page, async (sheet) => {
		const names = await sheet.locator('tr.recipient th').allTextContents();
		assert.equal(new Set(names).size, people);
		assert.deepEqual(names.slice(-3).sort(), ['Person 0', 'Person 1', 'Person 2']);
		const words = await sheet.innerText();
		for (const part of [
			'Hall "2"',
			'Roll call',
			'Are you safe?',
			'Urgent',
			'Not confirmed 997 of 1,000',
			'Confirmed 3 of 1,000',
		])
			assert.ok(words.includes(part), part);
		assert.deepEqual(await controls(page), []);
		assert.equal(await sheet.locator('svg.strokes').evaluate((bar) => getComputedStyle(bar).printColorAdjust), 'exact');
		const ink = await sheet.evaluate((one) => getComputedStyle(one).color);
		assert.equal(ink, 'rgb(23, 32, 30)', 'dark ink, whatever the theme');
	});
	// About forty rows fit on a page.
	assert.ok((await pagesOf(page)) >= 15);
	assert.equal(await page.locator('.sheet').count(), 0);
});

test('the feed and the results of a search are printed with all that is loaded', async () => {
	const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
	for (let i = 1; i <= 150; i++) await ana.post(`Line number ${i}.`);
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.row('Line number 150.').waitFor();
	const texts = (sheet) => sheet.locator('li .text').allTextContents();
	await onPaper(page, async (sheet) => {
		assert.deepEqual(
			await texts(sheet),
			Array.from({ length: 150 }, (_, i) => `Line number ${i + 1}.`),
		);
		assert.deepEqual(await controls(page), []);
	});
	assert.ok((await pagesOf(page)) >= 2);
	await dashboard.turn('Search');
	await page.getByLabel('Search the log').fill('number');
	await page.getByRole('status').getByText('The newest 50 messages').waitFor();
	await onPaper(page, async (sheet) => {
		assert.deepEqual(
			await texts(sheet),
			Array.from({ length: 50 }, (_, i) => `Line number ${150 - i}.`),
		);
		await sheet.getByText('Older messages are not on this sheet').waitFor();
		await sheet.getByRole('heading', { name: '“number”', level: 1 }).waitFor();
		assert.deepEqual(await controls(page), []);
	});
});

test('a card says which room it is for, what it is, and where to go', async () => {
	await stage.server.verb('set_access', { access: 'list' });
	await stage.server.verb('set_name', { name: 'Hall 2' });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Access');
	await dashboard.import('names.csv', Array.from({ length: 9 }, (_, i) => `Person ${i + 1}`).join('\n'));
	await page.getByRole('button', { name: 'Print cards' }).click();
	const cards = dashboard.dialog.getByRole('list', { name: 'Cards' }).locator('> li');
	await eventually(async () => assert.equal(await cards.count(), 9));
	const words = await cards.first().innerText();
	assert.match(
		words,
		/^Hall 2\s+Get messages from the operator, and reply\.\s+Scan the code, or open\s+http:\/\/127\.0\.0\.1:\d+/,
	);
	assert.match(words, /For Person 1$/);
	await page.getByRole('button', { name: /^Close/ }).click();
	await stage.server.verb('set_settings', { wifi_name: 'Hall-2' });
	await page.getByRole('button', { name: 'Print cards' }).click();
	await cards.first().getByText('Join the Wi-Fi Hall-2').waitFor();
	await page.emulateMedia({ media: 'print' });
	assert.deepEqual(await controls(page), []);
	await page.emulateMedia({ media: null });
	assert.equal(await pagesOf(page), 2); // eight to a sheet
});
