import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, tooWide } from './checks.mjs';
import { PHONE, eventually, useStage } from './stage.mjs';

const stage = useStage();

const steps = (page) => page.getByRole('region', { name: 'Set up your room' });
const heading = (page, name) => steps(page).getByRole('heading', { name });

test('a new room leads through three steps that tick themselves off', async () => {
	const dashboard = await stage.dashboard({ fresh: true });
	const { page } = dashboard;
	await heading(page, 'Next: Name the room').waitFor();
	await page.getByRole('button', { name: 'Continue' }).click();
	await page.getByRole('alert').getByText('Enter a name for the room.').waitFor();
	await page.getByLabel('Room name').fill('Hall 2');
	await page.getByLabel('Your name').fill('Marta, shift lead');
	await page.keyboard.press('Enter');
	await steps(page).getByText('Hall 2 · you are Marta, shift lead').waitFor();
	const { name, operator } = await stage.server.verb('state');
	assert.deepEqual([name, operator], ['Hall 2', 'Marta, shift lead']);

	await heading(page, 'Next: Choose who can join').waitFor();
	assert.ok(await page.getByRole('radio', { name: 'Anyone with the join code' }).isChecked());
	await page.getByRole('button', { name: 'Continue' }).click();
	await heading(page, 'Done: Choose who can join').waitFor();
	const { access, code } = await stage.server.verb('state');
	assert.equal(access, 'code');

	await heading(page, 'Next: Try it with your own phone').waitFor();
	await steps(page).getByText('Waiting for a phone to join.').waitFor();
	await stage.wire({ name: 'Marta', user_id: 'marta', token: 'a-token-of-her-own', code });
	await steps(page).getByText('Marta joined').waitFor();
	await steps(page).getByText('Ready. 1 person is here.').waitFor();
	await page.getByRole('button', { name: 'Close this list' }).click();
	await steps(page).waitFor({ state: 'detached' });
	await page.reload();
	await dashboard.live();
	await dashboard.settings('Help');
	assert.equal(await page.getByRole('button', { name: 'Set up the room' }).count(), 0);
});

test('the steps are skipped, come back from Help over what is written, and keep what was done', async () => {
	const dashboard = await stage.dashboard({ fresh: true });
	const { page } = dashboard;
	await stage.server.verb('set_name', { name: 'Hall 2' });
	await heading(page, 'Done: Name the room').waitFor();
	await page.getByRole('button', { name: 'Skip, I know Belfry' }).click();
	await page.getByRole('heading', { name: /No one has joined yet/ }).waitFor();
	await page.reload();
	await dashboard.live();
	await page.getByRole('heading', { name: /No one has joined yet/ }).waitFor();
	await dashboard.say('Good morning.');
	await dashboard.row('Good morning.').waitFor();
	await dashboard.settings('Help');
	await page.getByRole('button', { name: 'Set up the room' }).click();
	await heading(page, 'Done: Name the room').waitFor();
	await heading(page, 'Next: Choose who can join').waitFor();
	await page.getByRole('button', { name: 'Skip, I know Belfry' }).click();
	await dashboard.row('Good morning.').waitFor();
});

test('what is written takes the place of the steps, and a room in use has none', async () => {
	const dashboard = await stage.dashboard({ fresh: true });
	await steps(dashboard.page).waitFor();
	await dashboard.say('Good morning.');
	await dashboard.row('Good morning.').waitFor();
	await steps(dashboard.page).waitFor({ state: 'detached' });
	const other = await stage.dashboard({ fresh: true });
	await other.row('Good morning.').waitFor();
	await other.settings('Help');
	await other.page.getByText('A phone cannot open the page').waitFor();
	assert.equal(await other.page.getByRole('button', { name: 'Set up the room' }).count(), 0);
});

test('the whole of the last step stands above the composer of a small window, with a Wi-Fi or without', async () => {
	const { page } = await stage.dashboard({ fresh: true });
	const { server } = stage;
	await server.verb('set_name', { name: 'Hall 2' });
	await heading(page, 'Next: Choose who can join').waitFor();
	await page.getByRole('button', { name: 'Continue' }).click();
	await steps(page).getByText('Waiting for a phone to join.').waitFor();
	const fits = () =>
		eventually(async () => {
			const [most, room] = await steps(page).evaluate((list) => [list.scrollHeight, list.clientHeight]);
			assert.ok(most <= room, `${most} px in ${room}`);
		});
	await fits();
	await server.verb('set_settings', { wifi_name: 'Hall-2', wifi_password: 'brass and bells' });
	await steps(page).getByRole('img', { name: 'QR code for the Wi-Fi Hall-2' }).waitFor();
	await fits();
});

test('the steps break no rule of axe, and fit a narrow window', async () => {
	const dashboard = await stage.dashboard({ fresh: true });
	const { page } = dashboard;
	const found = [];
	const look = async (step) => {
		found.push(...(await accessible(page, step)));
		const before = page.viewportSize();
		await page.setViewportSize({ width: 360, height: 800 });
		await page.getByRole('tab', { name: 'Feed' }).click();
		found.push(...(await tooWide(page, step)));
		await page.setViewportSize(before);
	};
	await look('name');
	await page.getByLabel('Room name').fill('Hall 2');
	await page.keyboard.press('Enter');
	await heading(page, 'Next: Choose who can join').waitFor();
	await look('access');
	await page.getByRole('button', { name: 'Continue' }).click();
	await heading(page, 'Next: Try it with your own phone').waitFor();
	await look('phone');
	assert.deepEqual(found, []);
});

test('the Wi-Fi is added in the settings, and its code stands before that of the page', async () => {
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	await page.getByRole('button', { name: /^Add your Wi-Fi/ }).click();
	await page.locator('#set-wifi_name:focus').waitFor();
	await page.getByLabel('Wi-Fi name').fill('Hall-2');
	await dashboard.saves(() => page.getByLabel('Wi-Fi name').press('Enter'));
	const password = page.getByLabel('Wi-Fi password');
	assert.equal(await password.getAttribute('type'), 'password');
	await password.fill('brass; and "bells"');
	await dashboard.saves(() => password.press('Enter'));
	await page.getByText('Wi-Fi password: changed').waitFor();
	assert.equal(await page.getByText('brass; and').count(), 0);
	await dashboard.turn('Room');
	await page.getByRole('img', { name: 'QR code for the Wi-Fi Hall-2' }).waitFor();
	const { codes } = await stage.server.verb('qr_codes', {
		texts: ['WIFI:T:WPA;S:Hall-2;P:brass\\; and \\"bells\\";;'],
	});
	await eventually(async () => {
		const drawn = page.getByRole('img', { name: 'QR code for the Wi-Fi Hall-2' }).locator('path');
		assert.equal(await drawn.getAttribute('d'), codes[0].path);
	});
	await page.getByRole('button', { name: 'Enlarge' }).click();
	await dialog.getByText('1. Join the Wi-Fi').waitFor();
	await dialog.getByText('2. Open the page').waitFor();
});

test('the join page has the room’s name as its title, the whole address across it, and says how many joined', async () => {
	await stage.server.verb('set_name', { name: 'Hall 2, early shift' });
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	for (const name of ['Ana', 'Bo']) await stage.wire({ name, user_id: name });
	// Two devices of one person are one person.
	await stage.wire({ name: 'Ana', user_id: 'Ana' });
	await dashboard.person('Bo').waitFor();
	await page.locator('#main').focus();
	await page.keyboard.press('j');
	await dialog.getByRole('heading', { name: 'Hall 2, early shift' }).waitFor();
	await dialog.getByText('2 people joined').waitFor();
	await dialog.getByText('Other devices cannot reach this address.').waitFor();
	const address = dialog.locator('.whole');
	assert.equal(await address.textContent(), stage.server.url.replace(/\/$/, ''));
	for (const size of [{ width: 1280, height: 720 }, { width: 1920, height: 1080 }, PHONE]) {
		await page.setViewportSize(size);
		await eventually(async () => {
			const { wide, lines, over } = await address.evaluate((box) => {
				const text = document.createRange();
				text.selectNodeContents(box);
				const { width, height } = text.getBoundingClientRect();
				const sheet = box.closest('dialog');
				return {
					wide: width / innerWidth,
					lines: height / parseFloat(getComputedStyle(box).fontSize),
					over: sheet.scrollHeight - sheet.clientHeight,
				};
			});
			assert.ok(wide > 0.65 && lines < 1.5, `${size.width}: ${wide} of the width, ${lines} lines`);
			if (size.width > size.height) assert.ok(over <= 0, `${size.width}: ${over} px are out of sight`);
		});
	}
});
