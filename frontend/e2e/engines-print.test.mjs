// What comes out of the printer in the engines that can be asked for it.
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { inEveryEngine } from './engines/stage.mjs';

const turn = (page, name) => page.click('nav[aria-label=Pages] button', name);

/** How many pages a printed document has. Firefox compresses the objects that say so. */
function pagesOf(pdf) {
	const streams = [...pdf.toString('latin1').matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)];
	const texts = [pdf.toString('latin1'), ...streams.map(([, data]) => inflated(data))];
	return texts.reduce((n, text) => n + [...text.matchAll(/\/Type\s*\/Page\b(?!s)/g)].length, 0);
}

function inflated(data) {
	try {
		return inflateSync(Buffer.from(data, 'latin1')).toString('latin1');
	} catch {
		return ''; // not compressed, or an image
	}
}

inEveryEngine(
	{
		'an announcement has a row for each person, on as many pages as it takes': async (scene) => {
			for (let i = 1; i <= 120; i++) await scene.person(`Person ${i}`);
			const page = await scene.dashboard();
			await page.fill('field', 'Message', 'Are you safe?', { exact: true });
			await page.click('#send');
			await page.until('sent', async () => (await scene.log()).length === 1);
			await turn(page, 'Announcements');
			await page.click('button.told', 'Are you safe?');
			await page.until('who it is for', () =>
				page.run(() => document.querySelectorAll('#announcement .box tbody tr').length > 0),
			);
			// About forty rows fit on a page.
			assert.equal(pagesOf(await page.paper()), 3);
		},

		'the feed has all that is loaded': async (scene) => {
			const ana = await scene.person('Ana');
			for (let i = 1; i <= 120; i++) ana.notify(`Line number ${i}.`, { topic: 'general' });
			const page = await scene.dashboard();
			await page.sees('Line number 120.');
			assert.equal(pagesOf(await page.paper()), 6);
		},
	},
	['-client-rate', '0', '-max-per-address', '0'],
	{ webkit: 'not checked: its driver has no command that prints' },
);
