import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothingSends } from './keys-walk.mjs';
import { useStage } from './stage.mjs';

const stage = useStage();

/** What sends: the button, and Ctrl+Enter (⌘ Enter on a Mac) in the message. */
const sends = (stop, key) =>
	(/^button button “(Send|Press)/.test(stop) && (key === 'Enter' || key === 'Space')) ||
	(/^textarea/.test(stop) && /^(Control|Meta)\+Enter$/.test(key)) ||
	(/“(Send|Press)/.test(stop) && /\+Enter$/.test(key));

/** Brings the dashboard back to the room with nothing open, whatever a key did. */
async function home({ page, text }) {
	await page.evaluate(() => document.querySelector('dialog[open]')?.close());
	for (let i = 0; i < 3 && (await page.locator('.over, dialog').count()) > 0; i++) await page.keyboard.press('Escape');
	if (!(await text.isVisible())) {
		await page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: 'Room' }).click();
	}
}

async function sentinel({ page, text }, words) {
	await text.fill(words);
	await text.press('Control+Enter');
	if (await page.getByRole('button', { name: /^Press again/ }).isVisible()) await text.press('Control+Enter');
	await page.locator('#messages').getByText(words).waitFor();
}

const walk = (dashboard, state, root = '#composer') =>
	nothingSends({
		page: dashboard.page,
		server: stage.server,
		root,
		sends,
		sentinel: (words) => sentinel(dashboard, words),
		arrange: async () => {
			await home(dashboard);
			await state();
		},
	});

async function room() {
	const dashboard = await stage.dashboard();
	await stage.wire({ name: 'Ana Lima', user_id: 'ana' });
	await dashboard.person('Ana Lima').waitFor();
	return dashboard;
}

const normal = async ({ page, text, picker }) => {
	await page.getByRole('radio', { name: 'Normal' }).check();
	await page.getByRole('switch', { name: 'Ask people to confirm' }).uncheck();
	if (await page.locator('#composer .box.narrow').count())
		await page.getByRole('button', { name: /^Back to / }).click();
	await picker.getByText('everyone').waitFor();
	await text.fill('For one person only');
};

test('no key sends a plain message, but for Ctrl+Enter in it', async () => {
	const dashboard = await room();
	const stops = await walk(dashboard, () => normal(dashboard));
	assert.ok(stops.some((stop) => /Title/.test(stop)) && stops.some((stop) => /radio/.test(stop)), stops.join());
});

test('no key sends while the picker is open, whatever is found there', async () => {
	const dashboard = await room();
	const { page, picker } = dashboard;
	for (const words of ['', 'ana', 'nobody of that name']) {
		const opened = async () => {
			await normal(dashboard);
			await picker.locator('.opener').click();
			await picker.getByRole('combobox').fill(words);
		};
		await walk(dashboard, opened, '#composer .picker');
		await page.keyboard.press('Escape');
	}
});

test('no key sends a reply, a message that asks, or an urgent one', async () => {
	const dashboard = await room();
	const { page, title } = dashboard;
	(await stage.wire({ name: 'Ben', user_id: 'ben' })).notify('Which door?');
	await dashboard.row('Which door?').waitFor();
	await walk(dashboard, async () => {
		await normal(dashboard);
		await dashboard.row('Which door?').hover();
		await dashboard
			.row('Which door?')
			.getByRole('button', { name: /^Reply/ })
			.click();
	});
	await walk(dashboard, async () => {
		await normal(dashboard);
		await page.getByRole('switch', { name: 'Ask people to confirm' }).check();
		await page.getByLabel('Remind').selectOption('3');
	});
	await walk(dashboard, async () => {
		await normal(dashboard);
		await title.fill('Leave now');
		await page.getByRole('radio', { name: 'Urgent' }).check();
	});
});

test('no key sends while a refused message is shown', async () => {
	const dashboard = await room();
	const { page, text } = dashboard;
	await page.evaluate(() => {
		const broadcast = { message: 'Refused', message_id: 'refused-1' };
		const one = { broadcast, to: 'everyone', state: 'refused', reason: 'The disk is full.' };
		localStorage.setItem('belfry.dashboard.outbox', JSON.stringify([one]));
	});
	await page.reload();
	await text.waitFor();
	const tryAgain = (stop, key) => /Try again|Discard/.test(stop) && /Enter|Space/.test(key);
	await nothingSends({
		page,
		server: stage.server,
		root: '#composer',
		sends: (stop, key) => sends(stop, key) || tryAgain(stop, key),
		sentinel: (words) => sentinel(dashboard, words),
		arrange: async () => {
			await home(dashboard);
			await normal(dashboard);
		},
	});
});
