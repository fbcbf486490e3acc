// The day of the operator, in the three engines that people have.
import assert from 'node:assert/strict';
import { KEY } from './belfry.mjs';
import { inEveryEngine } from './engines/stage.mjs';

const RETURN = 45_000;

const turn = (page, name) => page.click('nav[aria-label=Pages] button', name);
const settings = async (page, section) => {
	await turn(page, 'Settings');
	await page.click('nav[aria-labelledby=sections-title] button', section);
};
/** The receipt counts of the open announcement, by their names. */
const counts = (page) =>
	page.run(() =>
		Object.fromEntries(
			[...document.querySelectorAll('#announcement tr:has(.n)')].map((row) => [
				row.querySelector('th').textContent,
				Number(row.querySelector('.n').textContent),
			]),
		),
	);
const shows = (page, expected) =>
	page.until(JSON.stringify(expected), async () => {
		const now = await counts(page);
		return Object.entries(expected).every(([name, n]) => now[name] === n);
	});

inEveryEngine({
	'send, and see who received, read and confirmed it': async (scene) => {
		await scene.person('Ben Okafor');
		const phone = await scene.phone('Ana Lima');
		const page = await scene.dashboard();
		await page.click('switch', 'Ask people to confirm', { hidden: true });
		await page.fill('field', 'Message', 'The lift is out of order.', { exact: true });
		await page.click('#send');
		await page.until('sent', async () => (await scene.log()).length === 1);
		await turn(page, 'Announcements');
		await page.click('button.told', 'The lift is out of order.');
		await shows(page, { Sent: 2, Confirmed: 0 });
		await phone.click('button', 'answer to The lift');
		await shows(page, { Sent: 2, Received: 1, Read: 1, Confirmed: 1 });
		await page.click('#announcement input[value=done]', undefined, { hidden: true });
		await page.until('Ana alone', () =>
			page.run(() => {
				const rows = [...document.querySelectorAll('#announcement .box tbody tr')];
				return rows.length === 1 && rows[0].textContent.includes('Ana Lima');
			}),
		);
	},

	'a server that is killed: what is sent meanwhile waits, and goes out once': async (scene) => {
		const page = await scene.dashboard();
		scene.expectOutage();
		await scene.server.kill();
		await page.sees('No connection to Belfry');
		await page.fill('field', 'Message', 'Kept by the operator.', { exact: true });
		await page.click('#send');
		await page.sees('1 waiting');
		await scene.server.start();
		await page.until('Live', () => page.has('#now .live-text'), RETURN);
		await page.gone('1 waiting');
		await page.until('sent', async () => (await scene.log()).length > 0);
		await page.reload();
		await page.until('Live', () => page.has('#now .live-text'));
		assert.deepEqual(
			(await scene.log()).map(({ message }) => message),
			['Kept by the operator.'],
		);
	},

	'the search finds as it is typed, and marks the words': async (scene) => {
		await scene.server.verb('broadcast', { message: 'Lunch at noon. Größe 日本' });
		await scene.server.verb('broadcast', { message: 'All clear.' });
		const page = await scene.dashboard();
		await turn(page, 'Search');
		await page.sees('2 messages');
		await page.fill('field', 'Search the log', 'grosse');
		await page.sees('1 message');
		await page.gone('All clear.');
		assert.equal(await page.run(() => document.querySelector('mark').innerText), 'Größe');
		await page.fill('field', 'Search the log', 'nowhere');
		await page.sees('Nothing found');
	},

	'settings: the name of the room, who can join, the theme': async (scene) => {
		const page = await scene.dashboard();
		await settings(page, 'Room');
		await page.fill('field', 'Room name', 'Hall 2, late shift');
		await page.press('Enter');
		await page.sees('Saved');
		await settings(page, 'Access');
		await page.click('radio', 'Approval', { exact: true });
		await page.sees('Nobody is waiting.');
		const { name, access } = await scene.server.verb('state');
		assert.deepEqual([name, access], ['Hall 2, late shift', 'approval']);
		await settings(page, 'Look and sound');
		await page.click('radio', 'Dark', { hidden: true });
		await page.reload();
		await page.sees('Hall 2, late shift');
		assert.equal(await page.run(() => document.documentElement.dataset.theme), 'dark');
	},

	'a program gets a token, which works and is shown once': async (scene) => {
		const page = await scene.dashboard();
		await settings(page, 'Programs');
		await page.click('button', 'New token');
		await page.fill('field', 'Name', 'Machine monitor', { exact: true });
		await page.click('field', 'Post messages');
		await page.click('#post-to input');
		await page.click('button', 'Create token');
		const made = () => page.has('.once code');
		const asked = () => page.has('field', 'Operator’s key or password');
		await page.until('an answer', async () => (await made()) || (await asked()));
		if (!(await made())) {
			await page.fill('field', 'Operator’s key or password', KEY);
			await page.click('button', 'Continue');
		}
		const secret = await page.runOn(await page.find('.once code'), (e) => e.innerText);
		assert.match(secret, /^tk_[a-z0-9]{29}$/);
		const used = await fetch(`${scene.server.url}everyone`, {
			method: 'POST',
			headers: { authorization: `Bearer ${secret}` },
			body: 'Press 4 is down',
		});
		assert.equal(used.status, 200);
		await page.sees('It works');
		await page.click('button', 'Done, I copied it');
		await page.sees('Last used');
		assert.equal(await page.run((text) => document.body.innerHTML.includes(text), secret), false);
	},
});
