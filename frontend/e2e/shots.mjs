// Takes screenshots of both pages in every state: node e2e/shots.mjs FOLDER
import { DEVICES, PEOPLE, TALK, TOPICS } from './cast.mjs';
import { Dashboard } from './dashboard.mjs';
import { Phone } from './phone.mjs';
import { attentionStates } from './shots/attention.mjs';
import { Camera, showing } from './shots/camera.mjs';
import * as composers from './shots/composer.mjs';
import * as dashboards from './shots/dashboard.mjs';
import { doubtStates, proxyStates, renewStates } from './shots/doubts.mjs';
import { machineStates } from './shots/machines.mjs';
import * as phones from './shots/phone.mjs';
import { firstSteps, startStates } from './shots/start.mjs';
import { LAPTOP, PHONE, Stage } from './stage.mjs';
import { walkDoor } from './states.mjs';

const folder = process.argv[2];
if (!folder) {
	console.error('Usage: node e2e/shots.mjs FOLDER');
	process.exit(2);
}
const camera = new Camera(folder);
const stage = new Stage(['-name', 'Hall 2, early shift', '-host', 'belfry.local', '-trusted-proxy', '127.0.0.9']);
await stage.open();
await stage.begin();
stage.expectOutage();

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

// Receipts of most people for most messages.
function read(wires, upTo) {
	for (const [i, wire] of [...wires.values()].entries()) {
		for (const topic of [undefined, 'line-2', 'safety']) {
			wire.say({ action: 'received', seq: upTo, topic });
			if (i % 6 !== 0) wire.say({ action: 'read', seq: upTo, topic });
		}
	}
}

async function talk(dashboard, wires) {
	let seq = 0;
	for (const [who, to, text, more, priority] of TALK) {
		if (!who)
			await dashboard.say(text, { to, title: more, priority, asks: priority === 'Urgent' ? 'Understood' : undefined });
		else {
			const reply_to = more && Number((await dashboard.row(more).first().getAttribute('id')).slice(2));
			wires.get(who).notify(text, { ...(to && { topic: to }), ...(reply_to && { reply_to }) });
		}
		await dashboard.row(text).first().waitFor();
		seq = Number((await dashboard.row(text).first().getAttribute('id')).slice(2));
		if (priority === 'Urgent') {
			[...wires.values()].slice(0, 20).forEach((wire) => wire.say({ action: 'ack', seq }));
			await dashboard.page.getByRole('switch', { name: 'Ask people to confirm' }).uncheck();
		}
	}
	read(wires, seq);
}

const dashboard = await stage.dashboard({ size: LAPTOP });
const phone = new Phone(await stage.page({ size: PHONE, touch: true }));

await camera.row('start', () => startStates(camera, stage));
await camera.row('first steps', () => firstSteps(camera));
await camera.row('doubts', () => doubtStates(camera));
await camera.row('renewing a card', () => renewStates(camera));
await camera.row('behind a proxy', () => proxyStates(camera));
await camera.row('several machines', () => machineStates(camera, stage));
await camera.row('empty', async () => {
	await dashboard.page.getByRole('heading', { name: /No one has joined yet/ }).waitFor();
	await camera.shoot(dashboard.page, 'dashboard-empty', { arrange: showing(dashboard, 'feed') });
});
for (const [, title, kind] of TOPICS) await dashboard.createTopic(title, kind);
await dashboard.page.locator('#tab-people').click();

await camera.row('door', async () => {
	await phone.page.goto(stage.server.url);
	await phone.page.getByRole('heading', { name: 'Hall 2' }).waitFor();
	await camera.shoot(phone.page, 'client-door', { tight: true });
});
await phone.comeIn('Ana Lima');
await camera.shoot(phone.page, 'client-empty');
await phone.switcher.click();
for (const name of ['Line 2', 'Safety']) await phone.dialog.getByRole('switch', { name: `${name}, joined` }).check();
await phone.dialog.getByRole('button', { name: 'Close' }).click();

const wires = await comeIn();
await talk(dashboard, wires);
await dashboard.address('everyone');
await camera.row('urgent that came', async () => {
	await phone.page.getByRole('alertdialog').waitFor();
	await camera.shoot(phone.page, 'client-urgent-topic');
	await phone.page.waitForTimeout(800);
	await phone.page.getByRole('button', { name: 'Understood', exact: true }).click();
	await phone.page.getByRole('alertdialog').waitFor({ state: 'detached' });
});
await camera.row('person', () => dashboards.personStates(camera, dashboard));
await camera.row('room', () => dashboards.roomStates(camera, dashboard));
await camera.row('audience', () => composers.audienceStates(camera, dashboard));
await camera.row('urgent that is written', () => composers.urgentStates(camera, dashboard));
await camera.row('undo', () => composers.undoStates(camera, stage));
await camera.row('palette', () => composers.paletteStates(camera, dashboard));
await camera.row('topics', () => dashboards.topicStates(camera, dashboard));
await camera.row('dialogs', () => dashboards.dialogStates(camera, dashboard));
await camera.row('announcements', () => dashboards.announcementStates(camera, dashboard));
await camera.row('search', () => dashboards.searchStates(camera, dashboard));
await camera.row('attention', () => attentionStates(camera, dashboard, stage, wires.get('Deniz Kaya')));
await camera.row('settings', () => dashboards.settingsStates(camera, dashboard));
await camera.row('trouble', () => dashboards.troubleStates(camera, stage, Dashboard));
await camera.row('talk', () => phones.talkStates(camera, phone, dashboard));
await camera.row('places', () => phones.placeStates(camera, phone, stage.server));
await camera.row('sheets', () => phones.sheetStates(camera, phone, dashboard));
await camera.row('urgent', () => phones.urgentStates(camera, phone, dashboard));

await camera.row('lost', async () => {
	await stage.server.kill();
	await phone.page
		.getByText(/does not answer|not on a network/i)
		.first()
		.waitFor();
	await phone.text.fill('Rosa is with us.');
	await phone.send.click();
	await phone.text.fill('We wait at');
	await camera.shoot(phone.page, 'client-lost');
	await dashboard.page.getByRole('heading', { name: 'No connection to Belfry' }).waitFor();
	await dashboard.say('Stay together at point B.');
	await camera.shoot(dashboard.page, 'dashboard-lost', { arrange: showing(dashboard, 'feed') });
});
await stage.server.start();
await camera.row('removed', async () => {
	await dashboard.live();
	const other = await stage.phone('Ben Okafor');
	await dashboard.disconnect('Ben Okafor', 'Your shift ended at ten. See you tomorrow.');
	await other.page.getByRole('heading', { name: 'You have been removed' }).waitFor();
	await camera.shoot(other.page, 'client-removed');
});
await camera.row('back', async () => {
	const other = await stage.phone('Cleo Sato');
	await other.page.goto('about:blank');
	const wire = await stage.wire({ name: 'Hugo Berg', user_id: 'shot-back' });
	for (let i = 1; i <= 12; i++) wire.notify(`${i} of 12: we count again.`, { topic: 'general' });
	await dashboard.row('12 of 12').waitFor();
	await other.page.goto(stage.server.url);
	await other.page.getByRole('heading', { name: /You missed/ }).waitFor();
	await camera.shoot(other.page, 'client-missed', { tight: true });
});
// Last, because it leaves a full room behind.
await camera.row('before the room', async () => {
	const other = await stage.phone();
	const look = (state) => camera.shoot(other.page, `client-${state.replace(/\W+/g, '-')}`);
	await walkDoor(other, stage.server, look);
});
await stage.end().catch((cause) => console.error(cause));
await stage.close();
process.exit(camera.ok ? 0 : 1);
