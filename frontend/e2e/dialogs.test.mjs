import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

/** The first and the last answer of the open dialog, and the one with the focus. */
const answers = (dialog) =>
	dialog.evaluate((box) => {
		const words = (button) => button?.textContent.trim() ?? '';
		const last = [...box.querySelectorAll('button')].at(-1);
		const [keep, act] = [last.parentElement.querySelector('button'), last];
		const at = document.activeElement;
		const left = keep.getBoundingClientRect().left < act.getBoundingClientRect().left;
		return { keep: words(keep), act: words(act), left, focused: words(at?.closest('button')) };
	});

test('the harmless answer of a dialog is at the left, and has the focus where something is taken away', async () => {
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	await stage.wire({ name: 'Ana Lima', user_id: 'ana' });
	await dashboard.person('Ana Lima').getByRole('button').first().click();

	const cases = [
		[() => page.getByRole('button', { name: 'Name the room' }).click(), /^Save name$/, false],
		[
			() =>
				page
					.locator('#tab-topics')
					.click()
					.then(() => page.getByRole('button', { name: 'New topic' }).click()),
			/^Create/,
			false,
		],
		[
			() =>
				page
					.locator('#tab-people')
					.click()
					.then(() => dashboard.aboutPerson('Ana Lima', /^Remove/)),
			/^Remove/,
			true,
		],
	];
	for (const [open, act, danger] of cases) {
		await open();
		await dialog.waitFor();
		await eventually(async () => {
			const found = await answers(dialog);
			assert.match(found.act, act);
			assert.match(found.keep, /^(Cancel|Keep)/);
			assert.ok(found.left, `${found.keep} stands left of ${found.act}`);
			if (danger) assert.equal(found.focused, found.keep);
		});
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	}
	assert.equal(await dashboard.people.count(), 1, 'nobody was put out');
});
