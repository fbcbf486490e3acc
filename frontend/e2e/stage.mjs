// The fixture of all tests: a server, a browser, and pages that are watched. The rules are: each test has a server of
// its own; the content security policy is never bypassed; every error or warning of a page fails the test; nothing
// sleeps for a fixed time.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { chromium } from 'playwright-core';
import { Belfry } from './belfry.mjs';
import { Dashboard } from './dashboard.mjs';
import { Phone } from './phone.mjs';
import { Wire } from './wire.mjs';

/** Default timeout. */
export const PATIENCE = 20_000;
export const PHONE = { width: 390, height: 844 };
export const LAPTOP = { width: 1280, height: 800 };

// Messages that the browser itself logs during an outage: no page can prevent them.
const OUTAGE = /net::ERR_|WebSocket connection to .* failed|Failed to load resource/;

/** Runs in a page: its operator has set up the room before. */
function setUp() {
	try {
		localStorage.setItem('belfry.dashboard.setup', '{"steps":"done"}');
	} catch {
		// A page without storage is none of Belfry's.
	}
}

/** Opens a stage for the tests of a file. */
export function useStage(...flags) {
	const stage = new Stage(flags);
	before(() => stage.open());
	beforeEach(() => stage.begin());
	afterEach(() => stage.end());
	after(() => stage.close());
	return stage;
}

export class Stage {
	faults = [];
	#contexts = [];
	#wires = [];
	#flags;
	#outage = false;

	constructor(flags = []) {
		this.#flags = flags;
	}

	async open() {
		this.browser = await chromium.launch({
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
			handleSIGTERM: false, // see belfry.mjs
		});
	}

	async begin() {
		this.faults = [];
		this.#outage = false;
		this.server = new Belfry(this.#flags);
		await this.server.start();
	}

	async end() {
		for (const wire of this.#wires.splice(0)) wire.close();
		for (const context of this.#contexts.splice(0)) await context.close();
		await this.server.stop();
		assert.deepEqual(this.faults, []);
	}

	async close() {
		await this.browser.close();
	}

	/** From here to the end of the test connection errors in the console are expected. */
	expectOutage() {
		this.#outage = true;
	}

	/**
	 * A watched page in a fresh browser context, of this stage's browser or another one. fresh: a dashboard begins with the
	 * first steps of a new room.
	 */
	async page({ size = LAPTOP, touch = false, theme = 'light', browser = this.browser, fresh = false, ...more } = {}) {
		const context = await browser.newContext({
			viewport: size,
			hasTouch: touch,
			isMobile: touch,
			colorScheme: theme,
			reducedMotion: 'reduce',
			locale: 'en-GB',
			...more,
		});
		this.#contexts.push(context);
		context.setDefaultTimeout(PATIENCE);
		const page = await context.newPage();
		await this.#watch(page);
		if (!fresh) await page.addInitScript(setUp);
		return page;
	}

	async #watch(page) {
		const fault = (what) => this.faults.push(what);
		await page.addInitScript(() => {
			const { warn } = console; // it does not say itself where it came from
			console.warn = (...what) => warn(...what, new Error().stack);
			document.addEventListener('securitypolicyviolation', (event) => {
				console.error(`policy violated: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
			});
		});
		page.on('pageerror', (error) => fault(`page error: ${error.stack ?? error}`));
		page.on('dialog', (dialog) => {
			fault(`a dialog: ${dialog.message()}`);
			void dialog.dismiss();
		});
		page.on('console', (line) => {
			if (line.type() !== 'error' && line.type() !== 'warning') return;
			if (this.#outage && OUTAGE.test(line.text())) return;
			fault(`console: ${line.text()}`);
		});
	}

	/** Another page of the same browser context: they share storage. */
	async tab(page) {
		const other = await page.context().newPage();
		await this.#watch(other);
		return other;
	}

	/** A client page with the join form, or in the room under a name. */
	async phone(name, options = {}) {
		const page = await this.page({ size: PHONE, touch: true, ...options });
		await page.goto(this.server.url);
		const phone = new Phone(page);
		if (name !== undefined) await phone.comeIn(name);
		return phone;
	}

	/** The dashboard, signed in. */
	async dashboard(options) {
		const page = await this.page(options);
		await page.goto(this.server.dashboardUrl);
		const dashboard = new Dashboard(page);
		await dashboard.live();
		return dashboard;
	}

	/** A raw client, for crowds and for frames that no page would send. */
	async wire(hello, headers) {
		const wire = await Wire.open(this.server.url, hello, headers);
		this.#wires.push(wire);
		return wire;
	}
}

/** Retries until it does not throw; after the timeout throws the last error. */
export async function eventually(check, patience = PATIENCE) {
	const end = performance.now() + patience;
	for (;;) {
		try {
			return await check();
		} catch (cause) {
			if (performance.now() > end) throw cause;
		}
		await new Promise((next) => setTimeout(next, 25));
	}
}
