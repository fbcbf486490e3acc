// Takes the README's pictures: node e2e/pictures.mjs [FOLDER], or npm run pictures, which writes to docs/img.
//
// The address in them is one of a local network, so Belfry and the browser run in a network namespace of their own, from
// which nothing leaves the machine. As root, in the folder frontend, after make server:
//
//	unshare -n sh -c 'ip link set lo up && ip link add wlan0 type veth peer name air && ip link set air up &&
//		ip addr add 192.168.1.24/24 dev wlan0 && ip link set wlan0 up && ip route add default via 192.168.1.1 && npm run pictures'
//
// The pages take the system's font: with fonts-noto-core it is Noto Sans.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEVICES, MORNING, OPERATOR, SHIFT, TOPICS } from './cast.mjs';
import { settled } from './checks.mjs';
import { Dashboard } from './dashboard.mjs';
import { Phone } from './phone.mjs';
import { eventually, LAPTOP, PHONE, Stage } from './stage.mjs';

const ADDRESS = '192.168.1.24';
const NOW = '08:12';
/** Whose phone it is, and who closed the page. */
const ME = 'Kofi Boateng';
const AWAY = ['Anton Berg', 'Elif Demir'];
const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/img', import.meta.url));

/** Translates times of the server, which hears a morning in seconds, to the clocks of that morning. */
class Story {
	#day = new Date().toISOString().slice(0, 10);
	#marks = [];

	/** From here on it is this time. */
	turn(clock) {
		const before = Date.now();
		while (Date.now() === before); // nothing that happened earlier has the same millisecond
		this.#marks.push({ real: Date.now(), told: this.at(clock) });
	}

	at(clock) {
		return Date.parse(`${this.#day}T${clock}:00.000Z`);
	}

	#told(real) {
		const mark = this.#marks.findLast((each) => each.real <= real) ?? this.#marks[0];
		return new Date(mark.told + real - mark.real).toISOString();
	}

	/** All times of a frame. */
	translate(frame) {
		return frame.replace(/"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/g, (_, time) => `"${this.#told(Date.parse(time))}"`);
	}

	/** A page that lives in the story. */
	async page(stage, options) {
		const page = await stage.page({ timezoneId: 'UTC', ...options });
		await page.clock.setFixedTime(this.at(NOW)); // its timers go on
		await page.routeWebSocket(/\/ws\//, (socket) => {
			const server = socket.connectToServer();
			server.onMessage((frame) => socket.send(this.translate(String(frame))));
		});
		return page;
	}
}

const story = new Story();
const flags = ['-name', 'Hall 2, early shift', '-trusted-proxy', ADDRESS, '-trusted-proxy', '127.0.0.9'];
const stage = new Stage([...flags, '-addr', `${ADDRESS}:8000`]);
await stage.open();
await stage.begin();
const { server } = stage;
const wires = new Map();
const ids = new Map(SHIFT.map((name, i) => [name, `picture-${i}`]));

/** They join one after the other, a minute apart. */
async function arrive() {
	for (const [i, name] of SHIFT.entries()) {
		if (name === ME) continue;
		story.turn(`06:${String(12 + i).padStart(2, '0')}`);
		const topics = ['general', 'safety', i % 3 ? 'line-2' : 'line-1', ...(i % 7 ? [] : ['maintenance'])];
		const headers = { 'User-Agent': DEVICES[i % DEVICES.length], 'X-Forwarded-For': `192.168.1.${40 + 3 * i}` };
		wires.set(name, await stage.wire({ name, user_id: ids.get(name), topics }, headers));
	}
}

/** The operator's message; resolves with its number. */
async function announce([, , to, message, title, priority, ack]) {
	const topic = TOPICS.some(([name]) => name === to) ? to : undefined;
	const { seq } = await server.verb('broadcast', { message, title, priority, ack, topic, user_id: ids.get(to) });
	for (const [i, wire] of [...wires.values()].entries()) {
		wire.say({ action: 'received', seq, topic });
		if (i % 8 !== 5) wire.say({ action: 'read', seq, topic });
		if (ack && i % 4 !== 1) wire.say({ action: 'ack', seq });
	}
	return seq;
}

async function talk() {
	const seqs = [];
	for (const [i, line] of MORNING.entries()) {
		const [clock, who, to, text, answered] = line;
		story.turn(clock);
		if (!who) {
			seqs.push(await announce(line));
			continue;
		}
		const reply_to = answered && seqs[MORNING.findIndex(([, , , said]) => said.startsWith(answered))];
		if (who === ME) {
			await phone.write(text, to);
			await phone.sent(text).waitFor();
			seqs.push(undefined);
			continue;
		}
		const wire = wires.get(who);
		const accepted = wire.heard('accepted');
		wire.notify(text, { id: `line-${i}`, ...(to && { topic: to }), ...(reply_to && { reply_to }) });
		seqs.push((await accepted).seq);
	}
}

for (const [topic, title, kind] of TOPICS)
	await server.verb('create_topic', { topic, title, kind: kind === 'Members' ? 'open' : 'announce' });
await server.verb('set_settings', { operator_name: OPERATOR, wifi_name: 'Hall 2', wifi_password: 'early-birds' });
story.turn('06:10');
await arrive();

const phone = new Phone(await story.page(stage, { size: PHONE, touch: true, deviceScaleFactor: 2 }));
await phone.page.goto(server.url);
await phone.comeIn(ME);
await phone.page.getByRole('button', { name: 'Close' }).click(); // "Keep this page open"
await phone.join('Line 2');
await phone.join('Safety');
const { clients } = await server.verb('clients');
ids.set(ME, clients.find(({ name }) => name === ME).user_id);
await talk();
story.turn(NOW);
for (const name of AWAY) wires.get(name).close();

const page = await story.page(stage, { size: LAPTOP, deviceScaleFactor: 1.5 });
await page.goto(server.dashboardUrl);
const dashboard = new Dashboard(page);
await dashboard.live();
await dashboard.row('The auditors').first().waitFor();
const counted = page.locator('#messages').getByText('7 have not confirmed');
const codes = page.getByRole('img', { name: /^QR code for the Wi-Fi/ });
// Asked from here: a page whose clock stands does not look again.
for (const seen of [counted, codes]) await eventually(async () => assert.ok(await seen.isVisible()));
await settled(page);
await page.screenshot({ path: join(folder, 'window.png') });

await phone.row('Press 4 runs again').first().waitFor();
await settled(phone.page);
await phone.page.screenshot({ path: join(folder, 'phone.png') });

await stage.end();
await stage.close();
