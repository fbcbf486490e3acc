// What comes out of the printer in the engines that can be asked for it.
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { inEveryEngine } from './engines/stage.mjs';

const turn = (page, name) => page.click('nav[aria-label=Pages] button', name);

/** How often a pattern is in a printed document, whose objects may be compressed. */
function count(pdf, pattern) {
	const streams = [...pdf.toString('latin1').matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)];
	const texts = [pdf.toString('latin1'), ...streams.map(([, data]) => inflated(data))];
	return texts.reduce((n, text) => n + [...text.matchAll(pattern)].length, 0);
}

const pagesOf = (pdf) => count(pdf, /\/Type\s*\/Page\b(?!s)/g);
/** Straight lines that are drawn, as those of icons: the edges of boxes are rectangles. */
const linesOf = (pdf) => count(pdf, /[\d.]+ [\d.]+ l\b/g);

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

		'the feed has all that is loaded, with its icons': async (scene) => {
			const ana = await scene.person('Ana');
			for (let i = 1; i <= 120; i++) ana.notify(`Line number ${i}.`, { topic: 'general' });
			const page = await scene.dashboard();
			await page.sees('Line number 120.');
			const paper = await page.paper();
			assert.equal(pagesOf(paper), 6);
			assert.ok(linesOf(paper) >= 4 * 120, `each row has a # of four lines, all ${linesOf(paper)} lines`);
		},
	},
	['-client-rate', '0', '-max-per-address', '0'],
	{ webkit: 'not checked: its driver has no command that prints' },
);
