// The dashboard's states, one after the other.
import { walkSettings, walkWays } from '../states.mjs';
import { showing } from './camera.mjs';

/** The room while it is busy, and all that opens over it. */
export async function roomStates(camera, desk) {
	const { page, picker } = desk;
	const feed = { arrange: showing(desk, 'feed') };
	await camera.shoot(page, 'desk-busy', { ...feed, tight: true, wide: true });
	await camera.shoot(page, 'desk-now', { arrange: showing(desk, 'now') });
	await desk.person('Deniz Kaya').getByRole('button').first().click();
	await desk.person('Deniz Kaya').getByRole('button', { name: 'Write' }).click();
	await desk.text.fill('11:30, hall 1 first.');
	await camera.shoot(page, 'desk-to-person', feed);
	await desk.text.fill('');
	await desk.reply('Samir', '').catch(() => {});
	await camera.shoot(page, 'desk-reply', feed);
	await page.getByRole('button', { name: 'Do not quote it' }).click();
	await picker.locator('.opener').click();
	await camera.shoot(page, 'desk-whom');
	await page.keyboard.press('Escape');
	await desk.ask('I know', 3);
	await camera.shoot(page, 'desk-asking', feed);
	await page.getByRole('switch', { name: /^Ask for/ }).uncheck();
	await page.locator('#messages').hover();
	await page.mouse.wheel(0, -600);
	await camera.shoot(page, 'desk-scrolled-up', feed);
	await page.locator('#messages').press('End');
}

export async function personStates(camera, desk) {
	const { page } = desk;
	const people = { arrange: showing(desk, 'people') };
	await desk.person('Deniz Kaya').getByRole('button').first().click();
	await camera.shoot(page, 'desk-person', people);
	await desk.person('Deniz Kaya').getByRole('button', { name: 'Disconnect' }).click();
	await desk.dialog.getByLabel('What they will read').fill('Your shift ended at ten. See you tomorrow.');
	await camera.shoot(page, 'desk-disconnect');
	await page.keyboard.press('Escape');
	await page.getByLabel('Find a person').fill('nobody of this name');
	await camera.shoot(page, 'desk-no-person', people);
	await page.getByLabel('Find a person').fill('');
	await desk.person('Deniz Kaya').getByRole('button').first().click();
}

export async function topicStates(camera, desk) {
	const { page } = desk;
	await page.locator('#tab-topics').click();
	await camera.shoot(page, 'desk-topics', { arrange: showing(desk, 'people') });
	await page.getByRole('button', { name: 'New topic' }).click();
	await camera.shoot(page, 'desk-new-topic');
	await page.keyboard.press('Escape');
	await page.locator('#tab-people').click();
}

export async function dialogStates(camera, desk) {
	const { page, dialog } = desk;
	const close = async () => {
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	};
	for (const [key, name] of [
		['?', 'desk-keys'],
		['j', 'desk-join-large'],
	]) {
		await page.locator('#main').focus();
		await page.keyboard.press(key);
		await dialog.waitFor();
		await camera.shoot(page, name, { wide: key === 'j' });
		await close();
	}
	const row = desk.row('We count 19').first();
	await row.hover();
	await row.getByRole('button', { name: /^Withdraw/ }).click();
	await camera.shoot(page, 'desk-withdraw');
	await close();
}

/** The list of announcements, and one with its receipts. */
export async function announcementStates(camera, desk) {
	const { page } = desk;
	await desk.turn('Announcements');
	await camera.shoot(page, 'desk-announcements');
	await page.locator('button.told', { hasText: 'Leave bay 3 now' }).first().click();
	await desk.gauge('Sent').waitFor();
	await camera.shoot(page, 'desk-receipts', { wide: true });
	await page.getByRole('radio', { name: /^Not / }).first().check();
	await camera.shoot(page, 'desk-receipts-missing');
	await desk.turn('Room');
}

/** Searching, with an index that is said to be behind, and an export that takes its time. */
export async function searchStates(camera, desk) {
	const { page } = desk;
	await desk.turn('Search');
	await page.getByLabel('Search the log').fill('bay 3');
	await page.locator('.found li').first().waitFor();
	await page.locator('.found li .link-over').first().click();
	await camera.shoot(page, 'desk-search');
	await page.getByLabel('Search the log').fill('unicorns');
	await page.getByText('No message has').waitFor();
	await camera.shoot(page, 'desk-search-nothing');
	await page.getByLabel('Search the log').fill('');
	await page.locator('.found li').first().waitFor();
	let go;
	await page.route('**/export*', async (route) => {
		await new Promise((next) => (go = next));
		await route.continue().catch(() => {});
	});
	await page.getByRole('button', { name: /^Export / }).click();
	await camera.shoot(page, 'desk-exporting', { arrange: showing(desk, 'context') });
	await page.getByRole('button', { name: 'Cancel, keep nothing' }).click();
	go();
	await page.unroute('**/export*');
	await desk.turn('Room');
}

/** The settings section by section, the ways to come in, the lobby, and cards. */
export async function settingsStates(camera, desk) {
	const { page, dialog } = desk;
	// Where the widths differ, so does what is in sight: the section comes to the top again in each.
	const at = (id) => ({ arrange: () => page.locator(`#${id}`).evaluate((heading) => heading.scrollIntoView()) });
	const close = async () => {
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	};
	const shoot = (state, more) => camera.shoot(page, `desk-${state.replace(/\W+/g, '-')}`, more);
	const look = async (state) => {
		if (state === 'settings')
			for (const section of ['entry', 'key', 'network', 'limits', 'history', 'audit'])
				await shoot(`settings ${section}`, at(`set-${section}`));
		else if (/^by /.test(state)) await shoot(state, at('set-entry'));
		else if (/ waits?$/.test(state)) await shoot(state, { arrange: showing(desk, 'people') });
		else if (/join card$/.test(state)) await shoot(state, { arrange: showing(desk, 'now') });
		else await shoot(state);
	};
	await walkSettings(desk, look, close);
	await walkWays(desk, look, close);
}

/** What the server says only when it is in trouble, put into its mouth. */
export async function troubleStates(camera, stage, Desk) {
	const page = await stage.page();
	await page.routeWebSocket(/\/ws\/server$/, (socket) => {
		const server = socket.connectToServer();
		server.onMessage((data) => {
			const frame = JSON.parse(data);
			if (frame.type === 'result' && 'topics' in frame)
				frame.trouble = { code: 'disk_full', message: 'The disk is full.', since: new Date().toISOString() };
			if (frame.type === 'result' && 'indexed' in frame) frame.indexed = Math.floor(frame.last / 2);
			socket.send(JSON.stringify(frame));
		});
	});
	await page.goto(stage.server.dashboardUrl);
	const desk = new Desk(page);
	await page.getByRole('heading', { name: 'The disk is full' }).waitFor();
	await camera.shoot(page, 'desk-disk-full', { arrange: showing(desk, 'feed') });
	await desk.turn('Search');
	await page.getByText('Searched up to message').waitFor();
	await camera.shoot(page, 'desk-search-behind');
	await page.context().close();
}
