import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothingSends } from './keys-walk.mjs';
import { LAPTOP, useStage } from './stage.mjs';

// What the keys do in the room of the client page.
const stage = useStage();

const KEYS = [
	'Space',
	'Enter',
	'Shift+Enter',
	'Control+Enter',
	'Meta+Enter',
	'a',
	'?',
	'Delete',
	'ArrowDown',
	'Escape',
];
const laptop = (name) => stage.phone(name, { size: LAPTOP, touch: false });

test('Enter sends where there is a mouse, makes a line on touch, and a setting says otherwise', async () => {
	const wide = await laptop('Ana Lima');
	const { keyboard } = wide.page;
	await wide.text.fill('One');
	await keyboard.press('Shift+Enter');
	await keyboard.type('Two');
	await keyboard.press('Enter');
	await wide.sent('Two').waitFor();
	assert.deepEqual(await wide.texts(), ['You: One\nTwo']);
	await wide.settings.filter({ visible: true }).click();
	await wide.dialog.getByRole('radio', { name: 'New line' }).check();
	await keyboard.press('Escape');
	await wide.text.fill('Three');
	await wide.text.press('Enter');
	assert.equal(await wide.text.inputValue(), 'Three\n');
	await wide.page.reload();
	await wide.live();
	await wide.text.press('Enter');
	await wide.text.press('Control+Enter');
	await wide.sent('Three').waitFor();

	const phone = await stage.phone('Ben Okafor');
	await phone.text.fill('Four');
	await phone.text.press('Enter');
	assert.equal(await phone.text.inputValue(), 'Four\n');
});

test('Enter that is held down after a press on Reply sends nothing', async () => {
	const ana = await laptop('Ana Lima');
	const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
	await ben.post('Which door?');
	await ana.audience.selectOption('general');
	await ana.text.fill('The north door.');
	await ana
		.row('Which door?')
		.getByRole('button', { name: /^Reply/ })
		.focus();
	await ana.page.keyboard.down('Enter');
	await ana.page.keyboard.down('Enter');
	await ana.page.keyboard.up('Enter');
	assert.equal(await ana.text.inputValue(), 'The north door.');
	await ana.page.keyboard.press('Enter');
	await ana.sent('The north door.').waitFor();
});

/** The plain state of the composer, whatever it was in. */
async function plain({ page, audience, text }) {
	const drop = page.getByRole('button', { name: 'Cancel reply' });
	if (await drop.isVisible()) await drop.click();
	const ask = page.getByRole('button', { name: 'Only the operator', exact: true });
	if (await ask.isVisible()) await ask.click();
	await audience.selectOption('');
	await text.fill('Half a sentence');
}

/** Walks a part of the page in a state: nothing but what is meant to sends. */
function walk(phone, root, state, sends) {
	const { page, text } = phone;
	return nothingSends({
		page,
		server: stage.server,
		root,
		keys: KEYS,
		sends,
		sentinel: async (words) => {
			await plain(phone);
			await text.fill(words);
			await text.press('Control+Enter');
			await phone.own(words, /Sent\s*$/).waitFor();
		},
		arrange: async () => {
			while ((await page.locator('dialog[open]').count()) > 0) {
				await page.keyboard.press('Escape');
			}
			await state();
		},
	});
}

test('no key sends from the composer or the list, but what is meant to', async () => {
	await stage.server.verb('create_topic', { topic: 'kitchen', title: 'Kitchen' });
	const ana = await laptop('Ana Lima');
	await ana.page
		.getByRole('region', { name: /^Keep this page open/ })
		.getByRole('button', { name: 'Close' })
		.click();
	const ben = await stage.wire({ name: 'Ben Okafor', user_id: 'ben' });
	await ben.post('Which door?');
	await ana.row('Which door?').waitFor();
	const meant = (stop, key) =>
		(/“Send to/.test(stop) && /Enter|Space/.test(key)) ||
		(/^textarea/.test(stop) && /^(Control\+|Meta\+)?Enter$/.test(key));
	const form = 'form[aria-label="Write a message"]';
	const stops = await walk(ana, form, () => plain(ana), meant);
	assert.ok(stops.length >= 3, stops.join());
	await walk(
		ana,
		form,
		async () => {
			await plain(ana);
			await ana
				.row('Which door?')
				.getByRole('button', { name: /^Reply/ })
				.click();
		},
		meant,
	);
	await walk(
		ana,
		form,
		async () => {
			await ana.page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: 'All messages' }).click();
			await plain(ana);
			await ana.page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: 'General' }).click();
		},
		meant,
	);
	await walk(
		ana,
		'main',
		async () => {
			await ana.page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: 'All messages' }).click();
			await plain(ana);
		},
		meant,
	);
});
