// The fixture of the flows that run in every engine: a server of its own for each, and pages whose faults fail the test.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Belfry } from '../belfry.mjs';
import { Lossy } from '../lossy.mjs';
import { Wire } from '../wire.mjs';
import { chromium, firefox } from './puppeteer.mjs';
import { webkit } from './webkit.mjs';

const PHONE = { width: 390, height: 844 };
const LAPTOP = { width: 1280, height: 800 };

// What the browsers themselves log while there is no server: no page can prevent it.
const OUTAGE =
	/net::ERR_|WebSocket connection to .* failed|Failed to load resource|can’t establish a connection|was interrupted/;

const ENGINES = { chromium, firefox, webkit };
/** Why an engine is not tried here; false: it is. */
const skipped = {
	webkit: !existsSync('/usr/bin/WebKitWebDriver') && 'not checked: there is no WebKitWebDriver here',
};

/** Runs each flow, by its name, in each engine. without: those that are left out, and why. */
export function inEveryEngine(flows, flags = [], without = {}) {
	for (const [name, open] of Object.entries(ENGINES))
		test(name, { skip: (skipped[name] || without[name]) ?? false }, async (t) => {
			const engine = await open();
			try {
				for (const [what, flow] of Object.entries(flows)) await t.test(what, () => run(engine, flow, flags));
			} finally {
				await engine.close();
			}
		});
}

async function run(engine, flow, flags) {
	const scene = new Scene(engine, flags);
	try {
		await scene.server.start();
		await flow(scene);
		assert.deepEqual(scene.faults(), []);
	} finally {
		await scene.close();
	}
}

/** One server, and the pages that are open to it. */
class Scene {
	#engine;
	#pages = [];
	#wires = [];
	#lines = [];
	#outage = false;

	constructor(engine, flags) {
		this.#engine = engine;
		this.server = new Belfry(flags);
	}

	/** A line to the server that can be cut; what the browsers log of that is no fault. */
	async line() {
		this.expectOutage();
		const line = await Lossy.before(this.server.url);
		this.#lines.push(line);
		return line;
	}

	/** From here to the end of the flow connection errors in the console are expected. */
	expectOutage() {
		this.#outage = true;
	}

	/** A phone at the door. */
	async visitor(size = PHONE, url = this.server.url) {
		const page = await this.#page({ ...size });
		await page.goto(url);
		await page.find('field', 'Your name');
		return page;
	}

	/** A phone that is in the room. */
	async phone(name, size = PHONE, url = this.server.url) {
		const page = await this.visitor(size, url);
		await page.fill('field', 'Your name', name);
		await page.press('Enter');
		await page.sees('Live');
		return page;
	}

	/** The dashboard, signed in. */
	async dashboard(size = LAPTOP) {
		const page = await this.#page({ ...size });
		await page.goto(this.server.dashboardUrl);
		await page.find('textarea');
		await page.sees('Live');
		return page;
	}

	/** Somebody who is in the room without a page. */
	async person(name, hello = {}) {
		const wire = await Wire.open(this.server.url);
		this.#wires.push(wire);
		const user_id = name.toLowerCase().replace(/\W+/g, '-');
		wire.say({ action: 'hello', name, user_id, token: `a-token-of-${user_id}-0123`, topics: ['general'], ...hello });
		return wire;
	}

	/** What the log has now. */
	async log() {
		return (await this.server.verb('history', { limit: 200 })).messages;
	}

	faults() {
		const all = this.#pages.flatMap((page) => page.faults);
		return this.#outage ? all.filter((fault) => !OUTAGE.test(fault)) : all;
	}

	async close() {
		for (const wire of this.#wires) wire.close();
		for (const page of this.#pages) await page.close();
		for (const line of this.#lines) line.close();
		await this.server.stop();
	}

	async #page(options) {
		const page = await this.#engine.page(options);
		this.#pages.push(page);
		return page;
	}
}

// A press within a moment after the page appeared does not count.
const MOMENT = 800;

/** Presses the button of the urgent page until the server knows it. */
export async function acknowledge(scene, phone, seq) {
	const pressed = async () => {
		if (await phone.has('dialog')) await phone.click('button', 'Understood');
		return (await scene.server.verb('receipts', { seqs: [seq] })).receipts[0].acked === 1;
	};
	await phone.until('acknowledged', pressed, undefined, MOMENT);
}
