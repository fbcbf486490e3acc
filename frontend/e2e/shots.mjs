// Drives both pages into every state and writes what they look like: node e2e/shots.mjs FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEVICES, PEOPLE, TALK, TOPICS } from './cast.mjs';
import { Phone } from './phone.mjs';
import { LAPTOP, Stage } from './stage.mjs';

const folder = process.argv[2];
if (!folder) {
	console.error('Usage: node e2e/shots.mjs FOLDER');
	process.exit(2);
}
mkdirSync(folder, { recursive: true });

const SIZES = [
	[390, 844],
	[360, 640],
	[1024, 700],
	[1280, 800],
	[1920, 1080],
];

/** The state in every size and theme; arrange() is asked to bring it into sight in each. */
async function shoot(page, name, arrange = async () => {}) {
	const before = page.viewportSize();
	for (const [width, height] of SIZES) {
		await page.setViewportSize({ width, height });
		await arrange();
		for (const colorScheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
			await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
			await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}x${height}.png`) });
		}
	}
	await page.setViewportSize(before);
	await arrange();
}

const stage = new Stage(['-name', 'Hall 2, early shift', '-host', 'belfry.local', '-trusted-proxy', '127.0.0.1']);
await stage.open();
await stage.begin();
stage.expectOutage();

/** Where there is room for one column alone, the part that a state is about. */
const showing = (desk, part) => async () => {
	const tab = desk.page.locator(`#part-${part}`);
	if (await tab.isVisible()) await tab.click();
};

async function signIn() {
	const page = await stage.page();
	await page.goto(new URL('/server', stage.server.url).href);
	await page.getByLabel('Operator’s key').waitFor();
	await shoot(page, 'desk-sign-in');
	await page.getByLabel('Operator’s key').fill('brass-and-bells');
	await page.keyboard.press('Enter');
	await page.getByText('That is not the key.').waitFor();
	await shoot(page, 'desk-wrong-key');
	await page.context().close();
}

async function comeIn() {
	const wires = new Map();
	for (const [i, name] of PEOPLE.entries()) {
		const topics = ['general', 'safety', i % 3 ? 'line-2' : 'line-1', ...(i % 7 ? [] : ['maintenance'])];
		const headers = { 'User-Agent': DEVICES[i % DEVICES.length], 'X-Forwarded-For': `192.168.1.${12 + 2 * i}` };
		const wire = await stage.wire({ name, user_id: `shot-${i}`, topics: i === 36 ? [] : topics }, headers);
		wires.set(name, wire);
	}
	return wires;
}

async function talk(desk, wires) {
	for (const [who, to, text, more, priority] of TALK) {
		if (!who) await desk.say(text, { to, title: more, priority });
		else {
			const reply_to = more && Number((await desk.row(more).first().getAttribute('id')).slice(2));
			wires.get(who).notify(text, { ...(to && { topic: to }), ...(reply_to && { reply_to }) });
		}
		await desk.row(text).first().waitFor();
	}
}

async function deskStates(desk) {
	const { page, dialog, picker } = desk;
	const feed = showing(desk, 'feed');
	const people = showing(desk, 'people');
	await shoot(page, 'desk-busy', feed);
	await shoot(page, 'desk-now', showing(desk, 'now'));
	await people();
	await desk.person('Deniz Kaya').getByRole('button').first().click();
	await shoot(page, 'desk-person', people);
	await desk.person('Deniz Kaya').getByRole('button', { name: 'Disconnect' }).click();
	await desk.dialog.getByLabel('What they will read').fill('Your shift ended at ten. See you tomorrow.');
	await shoot(page, 'desk-disconnect');
	await page.keyboard.press('Escape');
	await desk.person('Deniz Kaya').getByRole('button', { name: 'Write' }).click();
	await desk.text.fill('11:30, hall 1 first.');
	await shoot(page, 'desk-to-person', feed);
	await desk.text.fill('');
	await desk.reply('Samir', '').catch(() => {});
	await shoot(page, 'desk-reply', feed);
	await page.getByRole('button', { name: 'Do not quote it' }).click();
	await picker.locator('.opener').click();
	await shoot(page, 'desk-whom');
	await page.keyboard.press('Escape');
	await page.locator('#messages').hover();
	await page.mouse.wheel(0, -600);
	await shoot(page, 'desk-scrolled-up', feed);
	await page.locator('#tab-topics').click();
	await shoot(page, 'desk-topics', people);
	await page.getByRole('button', { name: 'New topic' }).click();
	await shoot(page, 'desk-new-topic');
	await page.keyboard.press('Escape');
	await page.locator('#tab-people').click();
	for (const [key, name] of [
		['?', 'desk-keys'],
		['j', 'desk-join-large'],
	]) {
		await page.locator('#main').focus();
		await page.keyboard.press(key);
		await dialog.waitFor();
		await shoot(page, name);
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'detached' });
	}
}

async function phoneStates(phone, desk) {
	const { page, dialog } = phone;
	await shoot(page, 'client-talk');
	await phone.reply('Gas alarm', 'Understood. Rosa Ferri and I are at point B too, that makes 21.');
	await phone.write('Is the auditors’ visit at 11 or at 11:30?');
	await desk.reply('Is the auditors', '11:30, hall 1 first.');
	await phone.row('11:30, hall 1').waitFor();
	await shoot(page, 'client-answers');
	await phone.go('Line 2');
	await desk.say('All clear. Back to work.', { to: 'Everyone', title: 'Bay 3 is open again', priority: 'Urgent' });
	await page.getByRole('region', { name: 'Urgent, not seen yet' }).waitFor();
	await phone
		.row('19 at point B')
		.getByRole('button', { name: /^Reply/ })
		.click();
	await phone.text.fill('21 now.');
	await shoot(page, 'client-topic-strip-reply');
	await page.getByRole('button', { name: 'Do not quote this' }).click();
	await phone.text.fill('');
	await page.getByRole('region', { name: 'Urgent, not seen yet' }).getByRole('button', { name: 'Show' }).click();
	await phone.switcher.click();
	await shoot(page, 'client-topics');
	await dialog.getByRole('button', { name: /^All messages/ }).click();
	await phone.settings.first().evaluate((button) => button.click());
	await shoot(page, 'client-settings');
	await dialog.getByRole('button', { name: 'Leave' }).click();
	await shoot(page, 'client-leave');
	await dialog.getByRole('button', { name: 'Stay' }).click();
	await dialog.getByRole('button', { name: 'Close' }).click();
}

await signIn();
const desk = await stage.desk({ size: LAPTOP });
await desk.page.getByRole('heading', { name: /Nobody is here yet/ }).waitFor();
await shoot(desk.page, 'desk-empty', showing(desk, 'feed'));
for (const [, title, kind] of TOPICS) await desk.createTopic(title, kind);
await desk.page.locator('#tab-people').click();

const phone = new Phone(await stage.page({ size: { width: 390, height: 844 }, touch: true }));
await phone.page.goto(stage.server.url);
await phone.page.getByRole('heading', { name: 'Hall 2' }).waitFor();
await shoot(phone.page, 'client-door');
await phone.comeIn('Ana Lima');
await shoot(phone.page, 'client-empty');
await phone.switcher.click();
for (const name of ['Line 2', 'Safety'])
	await phone.dialog.getByRole('switch', { name: `Subscribe to ${name}` }).check();
await phone.dialog.getByRole('button', { name: 'Close' }).click();

await talk(desk, await comeIn());
await phone.row('We count 19').waitFor();
await phoneStates(phone, desk);
await deskStates(desk);

await stage.server.kill();
await phone.page.getByText('The server does not answer.').waitFor();
await phone.text.fill('Rosa is with us.');
await phone.send.click();
await phone.text.fill('We wait at');
await shoot(phone.page, 'client-lost');
await desk.page.getByRole('heading', { name: 'No connection to Belfry' }).waitFor();
await desk.say('Stay together at point B.');
await shoot(desk.page, 'desk-lost', showing(desk, 'feed'));
await stage.server.start();
await phone.live();
await desk.live();
await desk.disconnect('Ana Lima', 'Your shift ended at ten. See you tomorrow.');
await phone.page.getByRole('heading', { name: 'The operator removed you' }).waitFor();
await shoot(phone.page, 'client-removed');
await stage.end();
await stage.close();
