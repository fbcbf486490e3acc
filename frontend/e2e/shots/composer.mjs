// The states of the composer, one after the other, and the palette.
import { showing } from './camera.mjs';

/** To whom it goes: everyone, some, one; what is found; a text that is long. */
export async function audienceStates(camera, dashboard) {
	const { page, picker, text } = dashboard;
	const feed = { arrange: showing(dashboard, 'feed') };
	const find = picker.getByRole('combobox');
	// A press elsewhere, as on the part that is shown in a narrow window, closes it.
	const found = (words) => ({
		arrange: async () => {
			await feed.arrange();
			if (!(await find.isVisible())) await picker.locator('.opener').click();
			await find.fill(words);
		},
	});
	await camera.shoot(page, 'dashboard-picker', found(''));
	await camera.shoot(page, 'dashboard-picker-found', found('an'));
	await camera.shoot(page, 'dashboard-picker-nobody', found('nobody of this name'));
	await find.press('Escape');
	await dashboard.address('Line 2');
	await text.fill('Press 4 stays off until noon.');
	await camera.shoot(page, 'dashboard-narrowed', feed);
	await dashboard.address('everyone');
	await text.fill(
		Array.from({ length: 14 }, (_, i) => `${i + 1}. Look under each bench, and say what you see.`).join('\n'),
	);
	await camera.shoot(page, 'dashboard-long', { ...feed, wide: true });
	await text.fill('');
}

/** Urgent when it is chosen, and at the first press. */
export async function urgentStates(camera, dashboard) {
	const { page, text, title, send } = dashboard;
	const feed = { arrange: showing(dashboard, 'feed') };
	await page.getByRole('radio', { name: 'Urgent' }).check();
	await title.fill('Leave the building');
	await text.fill('Fire alarm in hall 1. Meet at point B.');
	await camera.shoot(page, 'dashboard-urgent', { ...feed, tight: true });
	await send.click();
	await page.getByRole('button', { name: /^Press again to send/ }).waitFor();
	await camera.shoot(page, 'dashboard-urgent-press', feed);
	await page.keyboard.press('Escape');
	await page.getByRole('radio', { name: 'Normal' }).check();
	await title.fill('');
	await text.fill('');
}

/** A message that can still be taken back, on a dashboard that has read how long. */
export async function undoStates(camera, stage) {
	await stage.server.verb('set_settings', { undo_seconds: 30 });
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.say('The canteen opens at noon.');
	await page.getByRole('button', { name: 'Undo' }).waitFor();
	await camera.shoot(page, 'dashboard-undo', { arrange: showing(dashboard, 'feed') });
	await page.getByRole('button', { name: 'Undo' }).click();
	await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
	await page.context().close();
	await stage.server.verb('set_settings', { undo_seconds: 0 });
}

export async function paletteStates(camera, dashboard) {
	const { page } = dashboard;
	await page.keyboard.press('Control+k');
	const field = page.getByRole('combobox', { name: 'Person, topic, page or action' });
	for (const [words, name] of [
		['', 'dashboard-palette'],
		['an', 'dashboard-palette-found'],
		['unicorns', 'dashboard-palette-nothing'],
	]) {
		await field.fill(words);
		await camera.shoot(page, name, { wide: words === '' });
	}
	await page.keyboard.press('Escape');
	await field.waitFor({ state: 'detached' });
}
