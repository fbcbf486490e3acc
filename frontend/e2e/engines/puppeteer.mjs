// Firefox and Chromium by WebDriver BiDi: no driver program is needed.
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { EnginePage } from './page.mjs';

const FIREFOXES = ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'];
const FIREFOX = {
	browser: 'firefox',
	executablePath: process.env.FIREFOX ?? FIREFOXES.find((path) => existsSync(path)),
	extraPrefsFirefox: { 'app.update.enabled': false, 'media.autoplay.default': 0 },
};
const CHROMIUM = {
	browser: 'chrome',
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
};

export const firefox = () => open(FIREFOX);
export const chromium = () => open(CHROMIUM);

async function open(options) {
	const browser = await puppeteer.launch({ headless: true, defaultViewport: null, ...options });
	return {
		async page({ width, height, beside }) {
			const context = beside?.context ?? (await browser.createBrowserContext());
			const raw = await context.newPage();
			const page = new PuppeteerPage(raw, context);
			await page.size(width, height);
			return page;
		},
		close: () => browser.close(),
	};
}

class PuppeteerPage extends EnginePage {
	#raw;

	constructor(raw, context) {
		super();
		this.#raw = raw;
		this.context = context;
		raw.on('console', (m) => ['error', 'warn'].includes(m.type()) && this.faults.push(m.text()));
		raw.on('pageerror', (error) => this.faults.push(error.message));
	}

	goto = (url) => this.#raw.goto(url, { waitUntil: 'load' });
	back = () => this.#raw.goBack();
	title = () => this.#raw.title();
	run = (work, ...values) => this.#raw.evaluate(work, ...values);
	element = async (work, ...values) => (await this.#raw.evaluateHandle(work, ...values)).asElement();
	runOn = (element, work) => element.evaluate(work);
	/** What the page is on A4 paper, as a PDF. */
	paper = async () => Buffer.from(await this.#raw.pdf({ format: 'A4', preferCSSPageSize: true }));
	close = () => this.context.close();

	// The page itself does it: puppeteer can wait in vain for the end of a load while the page goes on in its history. One that
	// is just about to go back there does not begin anew, and is told again.
	async reload() {
		const anew = () => this.run(() => !window.isOld);
		await this.until('the page anew', async () => {
			await this.run(() => {
				window.isOld = true;
				location.reload();
			}).catch(() => {}); // the page may be gone before it answers
			return this.until('a reload', anew, 3_000);
		});
	}

	async size(width, height) {
		await this.#raw.setViewport({ width, height }).catch((cause) => {
			// Firefox before 144 knows sizes but no orientation.
			if (!/setScreenOrientationOverride/.test(cause.message)) throw cause;
		});
		await this.until(`a page of ${width}×${height}`, () =>
			this.run((w, h) => innerWidth === w && innerHeight === h, width, height),
		);
	}

	async clickOn(element) {
		await this.#front();
		await element.click();
	}

	hoverOver = (element) => element.hover();
	typeInto = (_, text) => this.#raw.keyboard.type(text);

	/** "Enter", "Control+Enter" */
	async press(keys) {
		await this.#front();
		const [key, modifier] = keys.split('+').reverse();
		if (modifier) await this.#raw.keyboard.down(modifier);
		await this.#raw.keyboard.press(key);
		if (modifier) await this.#raw.keyboard.up(modifier);
	}

	// One tab of a browser is in front: a click in another one waits for a frame that is long in coming.
	async #front() {
		if (await this.run(() => document.hidden || !document.hasFocus())) await this.#raw.bringToFront();
	}
}
