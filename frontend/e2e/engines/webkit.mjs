// WebKitGTK, the engine of iPhones' browsers, by plain WebDriver. Each page has a driver of its own, because a driver holds one
// session, and a display of its own, because only one window of a display has the focus.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { EnginePage } from './page.mjs';

const VIEW = fileURLToPath(new URL('webview.py', import.meta.url));
// The name that WebDriver gives to what is an element.
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const KEYS = {
	Enter: '\uE007',
	Escape: '\uE00C',
	Tab: '\uE004',
	Control: '\uE009',
	Shift: '\uE008',
	Alt: '\uE00A',
	ArrowUp: '\uE013',
	ArrowDown: '\uE015',
	Space: ' ',
};
const FAULT = /^CONSOLE .*(ERROR|WARN)|^CONSOLE CRASH/;

export async function webkit() {
	const pages = new Set();
	return {
		async page(options) {
			const page = new WebKitPage(options);
			pages.add(page);
			await page.open();
			return page;
		},
		close: () => Promise.all([...pages].map((page) => page.close())),
	};
}

/**
 * Ends a program. Xvfb looks whether it was told to, and then waits for its next event: what comes between the two is seen at
 * that event alone, which may be in ten minutes. So it is told again.
 */
async function end(child) {
	const ended = once(child, 'exit');
	child.kill();
	const again = setInterval(() => child.kill(), 1000);
	await ended;
	clearInterval(again);
}

class WebKitPage extends EnginePage {
	#size;
	#driver;
	#display;
	#base;
	#session = '';

	constructor({ width, height }) {
		super();
		this.#size = { width, height };
	}

	async open() {
		const { width, height } = this.#size;
		const screen = ['-screen', '0', '2600x1600x24', '-nolisten', 'tcp'];
		this.#display = spawn('Xvfb', ['-displayfd', '3', ...screen], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
		const [number] = await once(this.#display.stdio[3], 'data');
		const port = await freePort();
		const env = {
			...process.env,
			DISPLAY: `:${String(number).trim()}`,
			GTK_THEME: 'Adwaita',
			LANG: 'en_GB.UTF-8',
			NO_AT_BRIDGE: '1',
			VIEW_SIZE: `${width}x${height}`,
		};
		// With it every screenshot hangs.
		delete env.WEBKIT_DISABLE_DMABUF_RENDERER;
		this.#driver = spawn('WebKitWebDriver', ['-p', String(port)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
		for (const output of [this.#driver.stdout, this.#driver.stderr]) output.on('data', (text) => this.#hear(text));
		this.#base = `http://127.0.0.1:${port}`;
		await this.until('WebKitWebDriver', async () => (await fetch(`${this.#base}/status`)).ok);
		const options = { binary: VIEW, args: ['--automation'] };
		const wanted = { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } };
		const { sessionId } = await this.#ask('POST', '/session', wanted);
		this.#session = `/session/${sessionId}`;
		await this.size(width, height);
	}

	goto = (url) => this.#post('/url', { url });
	reload = () => this.#post('/refresh');
	back = () => this.#post('/back');
	title = () => this.#ask('GET', `${this.#session}/title`);
	run = (work, ...args) => this.#post('/execute/sync', { script: `return (${work})(...arguments)`, args });
	runOn = (element, work) => this.run(work, element);
	element = this.run;
	clickOn = (element) => this.#post(`/element/${element[ELEMENT]}/click`);
	hoverOver = (origin) => {
		const move = { type: 'pointerMove', origin, x: 0, y: 0, duration: 0 };
		return this.#post('/actions', { actions: [{ type: 'pointer', id: 'mouse', actions: [move] }] });
	};
	typeInto = (element, text) => this.#post(`/element/${element[ELEMENT]}/value`, { text });

	/** "Enter", "Control+Enter" */
	async press(keys) {
		const down = keys.split('+').map((key) => ({ type: 'keyDown', value: KEYS[key] ?? key }));
		const up = down.map(({ value }) => ({ type: 'keyUp', value })).reverse();
		await this.#post('/actions', { actions: [{ type: 'key', id: 'keyboard', actions: [...down, ...up] }] });
	}

	/** Sets the size of what the page sees, which is not that of the window. */
	async size(width, height) {
		const fits = async () => {
			const [w, h] = await this.run(() => [innerWidth, innerHeight]);
			if (w === width && h === height) return true;
			const now = await this.#ask('GET', `${this.#session}/window/rect`);
			await this.#post('/window/rect', { x: 0, y: 0, width: now.width + width - w, height: now.height + height - h });
			return false;
		};
		await this.until(`a page of ${width}×${height}`, fits);
	}

	async close() {
		if (this.#session) await this.#ask('DELETE', this.#session).catch(() => {});
		for (const child of [this.#driver, this.#display]) {
			if (!child || child.exitCode !== null || child.signalCode !== null) continue;
			await end(child);
		}
	}

	#hear(text) {
		this.faults.push(
			...String(text)
				.split('\n')
				.filter((line) => FAULT.test(line)),
		);
	}

	#post = (path, body = {}) => this.#ask('POST', this.#session + path, body);

	async #ask(method, path, body) {
		const signal = AbortSignal.timeout(30_000);
		const answer = await fetch(this.#base + path, { method, body: body && JSON.stringify(body), signal });
		const { value } = await answer.json();
		if (value?.error) throw new Error(`${path}: ${value.error}: ${value.message}`);
		return value;
	}
}

async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	return port;
}
