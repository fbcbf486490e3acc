// The dashboard's states, one after the other.
import { walkSettings, walkWays } from '../states.mjs';
import { showing } from './camera.mjs';

/** The room while it is busy, and all that opens over it. */
export async function roomStates(camera, dashboard) {
	const { page } = dashboard;
	const feed = { arrange: showing(dashboard, 'feed') };
	await camera.shoot(page, 'dashboard-busy', { ...feed, tight: true, wide: true });
	await camera.shoot(page, 'dashboard-now', { arrange: showing(dashboard, 'now') });
	await page.getByLabel('Find a person').fill('Kofi');
	await dashboard.person('Kofi Boateng').getByRole('button').first().click();
	await dashboard.person('Kofi Boateng').getByRole('button', { name: 'Write' }).click();
	await page.getByRole('textbox', { name: 'Message to Kofi Boateng only' }).fill('He says yes.');
	await camera.shoot(page, 'dashboard-thread', { arrange: showing(dashboard, 'people') });
	await page.getByRole('textbox', { name: 'Message to Kofi Boateng only' }).fill('');
	await page.getByRole('button', { name: 'Back to people' }).click();
	await page.getByLabel('Find a person').fill('');
	await dashboard.address('Deniz Kaya');
	await dashboard.text.fill('11:30, hall 1 first.');
	await camera.shoot(page, 'dashboard-to-person', feed);
	await dashboard.text.fill('');
	await dashboard.address('everyone');
	await dashboard.reply('Samir', '').catch(() => {});
	await camera.shoot(page, 'dashboard-reply', feed);
	await page.getByRole('button', { name: 'Do not quote it' }).click();
	await dashboard.ask('I know', 3);
	await camera.shoot(page, 'dashboard-asking', feed);
	await page.getByRole('switch', { name: 'Ask people to confirm' }).uncheck();
	await page.locator('#messages').hover();
	await page.mouse.wheel(0, -600);
	await camera.shoot(page, 'dashboard-scrolled-up', feed);
	await page.locator('#messages').press('End');
}

export async function personStates(camera, dashboard) {
	const { page } = dashboard;
	const people = { arrange: showing(dashboard, 'people') };
	await dashboard.person('Deniz Kaya').getByRole('button').first().click();
	await camera.shoot(page, 'dashboard-person', people);
	await dashboard.aboutPerson('Deniz Kaya', /^Remove/);
	await dashboard.dialog.getByLabel('What they will read').fill('Your shift ended at ten. See you tomorrow.');
	await camera.shoot(page, 'dashboard-disconnect');
	await page.keyboard.press('Escape');
	await page.getByLabel('Find a person').fill('nobody of this name');
	await camera.shoot(page, 'dashboard-no-person', people);
	await page.getByLabel('Find a person').fill('');
	await dashboard.person('Deniz Kaya').getByRole('button').first().click();
}

export async function topicStates(camera, dashboard) {
	const { page } = dashboard;
	await page.locator('#tab-topics').click();
	const people = { arrange: showing(dashboard, 'people') };
	await camera.shoot(page, 'dashboard-topics', people);
	await page.locator('#topic-line-2').click();
	await camera.shoot(page, 'dashboard-topic', people);
	for (const [act, name] of [
		['Add people', 'dashboard-add-people'],
		['QR code to Line 2', 'dashboard-topic-qr'],
	]) {
		await page.getByRole('button', { name: act }).click();
		await dashboard.dialog.waitFor();
		await camera.shoot(page, name);
		await page.keyboard.press('Escape');
		await dashboard.dialog.waitFor({ state: 'detached' });
	}
	await page.locator('#topic-line-2').click();
	await page.getByRole('button', { name: 'New topic' }).click();
	await camera.shoot(page, 'dashboard-new-topic');
	await page.keyboard.press('Escape');
	await page.locator('#tab-people').click();
}

export async function dialogStates(camera, dashboard) {
	const { page, dialog } = dashboard;
	const close = async () => {
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	};
	for (const [key, name] of [
		['?', 'dashboard-keys'],
		['j', 'dashboard-join-large'],
	]) {
		await page.locator('#main').focus();
		await page.keyboard.press(key);
		await dialog.waitFor();
		await camera.shoot(page, name, { wide: key === 'j' });
		await close();
	}
	await dashboard.aboutMessage('We count 19', /^Delete for everyone/);
	await camera.shoot(page, 'dashboard-delete');
	await close();
}

/** The list of announcements, and one with its receipts. */
export async function announcementStates(camera, dashboard) {
	const { page } = dashboard;
	await dashboard.turn('Announcements');
	await camera.shoot(page, 'dashboard-announcements');
	await page.locator('button.told', { hasText: 'Leave bay 3 now' }).first().click();
	await dashboard.gauge('Sent').waitFor();
	await camera.shoot(page, 'dashboard-receipts', { wide: true });
	await page.getByRole('radio', { name: /^Not / }).first().check();
	await camera.shoot(page, 'dashboard-receipts-missing');
	await dashboard.turn('Room');
}

/** Searching, with an index that is said to be behind, and an export that takes its time. */
export async function searchStates(camera, dashboard) {
	const { page } = dashboard;
	await dashboard.turn('Search');
	await page.getByLabel('Search the log').fill('bay 3');
	await page.locator('.found li').first().waitFor();
	await page.locator('.found li .link-over').first().click();
	await camera.shoot(page, 'dashboard-search');
	await page.getByLabel('Search the log').fill('unicorns');
	await page.getByText('No messages match').waitFor();
	await camera.shoot(page, 'dashboard-search-nothing');
	await page.getByLabel('Search the log').fill('');
	await page.locator('.found li').first().waitFor();
	let go;
	await page.route('**/export*', async (route) => {
		await new Promise((next) => (go = next));
		await route.continue().catch(() => {});
	});
	await page.getByRole('button', { name: /^Export / }).click();
	await camera.shoot(page, 'dashboard-exporting', { arrange: showing(dashboard, 'context') });
	await page.getByRole('button', { name: 'Cancel export' }).click();
	go();
	await page.unroute('**/export*');
	await dashboard.turn('Room');
}

/** The settings section by section, the access modes, the lobby, and cards. */
export async function settingsStates(camera, dashboard) {
	const { page, dialog } = dashboard;
	// Where the widths differ, so does what is in sight: the section comes to the top again in each.
	const at = (id) => ({ arrange: () => page.locator(`#${id}`).evaluate((heading) => heading.scrollIntoView()) });
	const close = async () => {
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	};
	const shoot = (state, more) => camera.shoot(page, `dashboard-${state.replace(/\W+/g, '-')}`, more);
	const look = async (state) => {
		if (state === 'settings')
			for (const section of ['entry', 'key', 'network', 'limits', 'history', 'audit'])
				await shoot(`settings ${section}`, at(`set-${section}`));
		else if (/^by /.test(state)) await shoot(state, at('set-entry'));
		else if (/ waits?$/.test(state)) await shoot(state, { arrange: showing(dashboard, 'people') });
		else if (/join card$/.test(state)) await shoot(state, { arrange: showing(dashboard, 'now') });
		else await shoot(state);
	};
	await walkSettings(dashboard, look, close);
	await walkWays(dashboard, look, close);
}

/** Trouble and problems of the server, simulated. */
export async function troubleStates(camera, stage, Dashboard) {
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
	const dashboard = new Dashboard(page);
	await page.getByRole('heading', { name: 'The disk is full' }).waitFor();
	await camera.shoot(page, 'dashboard-disk-full', { arrange: showing(dashboard, 'feed') });
	await dashboard.turn('Search');
	await page.getByText('Searched up to message').waitFor();
	await camera.shoot(page, 'dashboard-search-behind');
	await page.context().close();
}
