// The dashboard's composer where browsers differ: forms that send by themselves, and fields that grow by themselves.
import assert from 'node:assert/strict';
import { inEveryEngine } from './engines/stage.mjs';

const height = (page) => page.run(() => Math.round(document.getElementById('message').getBoundingClientRect().height));

inEveryEngine({
	'Enter in the picker takes the first row and sends nothing': async (scene) => {
		await scene.person('Ana Lima');
		const page = await scene.dashboard();
		await page.fill('textarea', 'Message', 'Your test result is back.');
		await page.click('#composer .opener');
		await page.find('field', 'Find a person or topic');
		await page.fill('field', 'Find a person or topic', 'ana');
		await page.find('option', 'Ana Lima');
		await page.press('Enter');
		await page.sees('Only Ana Lima reads this');
		assert.deepEqual(await scene.log(), []);
	},
	'the field is as high as its text, to 40 % of the height': async (scene) => {
		const page = await scene.dashboard();
		const before = await height(page);
		const write = (lines) =>
			page.run((count) => {
				const field = document.getElementById('message');
				field.value = 'line\n'.repeat(count);
				field.dispatchEvent(new Event('input', { bubbles: true }));
			}, lines);
		await write(8);
		await page.until('eight lines are seen', () =>
			page.run(() => {
				const field = document.getElementById('message');
				return field.scrollHeight - field.clientHeight <= 1 && field.clientHeight > 150;
			}),
		);
		await write(100);
		await page.until('not higher', async () => {
			const most = await page.run(() => Math.round(innerHeight * 0.4));
			return Math.abs((await height(page)) - most) < 3;
		});
		await write(0);
		await page.until('low again', async () => (await height(page)) === before);
	},
});
