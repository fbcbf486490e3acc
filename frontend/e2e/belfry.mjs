// Starts the real server, kills it, and starts it again on the same port.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

/** The program under test. */
export const BINARY = process.env.BELFRY ?? fileURLToPath(new URL('../../build/bin/belfry-server', import.meta.url));
export const KEY = 'e2e-operator-key';

// A file of tests that hangs is ended by a signal. Its servers and its browser end with it.
const running = new Set();
process.once('SIGTERM', () => process.exit(1));
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** One server with a data folder of its own, which is kept across restarts. */
export class Belfry {
	#port = 0;
	#dir;
	#process;
	#flags;

	constructor(flags = []) {
		this.#flags = flags;
	}

	/** Starts it and waits until it is listening: then Belfry prints its lines. */
	async start() {
		if (!this.#dir) {
			this.#dir = await mkdtemp(join(tmpdir(), 'belfry-e2e-'));
			// What a dashboard sends is sent at once: only the tests of undoing wait.
			await this.writeSettings(JSON.stringify({ undo_seconds: 0 }));
		}
		const args = ['-headless', '-addr', `127.0.0.1:${this.#port}`, '-data', this.#dir, '-operator-token', KEY];
		const child = spawn(BINARY, [...args, ...this.#flags], { stdio: ['ignore', 'pipe', 'pipe'] });
		this.#process = child;
		running.add(child);
		child.once('exit', () => running.delete(child));
		this.ended = new Promise((done) => child.once('exit', done));
		let said = '';
		child.stderr.on('data', (text) => (said += text));
		const found = {};
		for await (const line of createInterface({ input: child.stdout })) {
			const [name, url] = line.split(' ');
			found[name] = url;
			if (found.client && found.dashboard) break;
		}
		if (!found.dashboard) throw new Error(`${BINARY} did not start: ${said}`);
		child.stdout.resume();
		this.url = found.client;
		this.dashboardUrl = found.dashboard;
		this.#port = Number(new URL(this.url).port);
	}

	/** Calls one of the operator's verbs over a socket of its own. */
	async verb(action, fields = {}) {
		const url = new URL('/ws/server', this.url.replace(/^http/, 'ws'));
		const socket = new WebSocket(url, { headers: { authorization: `Bearer ${KEY}` } });
		try {
			return await new Promise((done, failed) => {
				socket.once('error', failed);
				socket.once('open', () => socket.send(JSON.stringify({ action, id: 'v', ...fields })));
				socket.on('message', (data) => {
					const frame = JSON.parse(data);
					if (frame.id !== 'v') return;
					if (frame.type === 'result') done(frame);
					else failed(new Error(frame.message));
				});
			});
		} finally {
			socket.terminate();
		}
	}

	/** SIGKILL, as a power cut: no close frame, no further writes. */
	async kill() {
		this.#process.kill('SIGKILL');
		await this.ended;
	}

	/** SIGTERM, as the operator would; it can be started again. */
	async end() {
		this.#process.kill('SIGTERM');
		await this.ended;
	}

	/** Edits the log file of a stopped server. */
	async patchLog(change) {
		const file = join(this.#dir, 'log.db');
		await writeFile(file, change(await readFile(file, 'latin1')), 'latin1');
	}

	/** Writes the settings file of a stopped server. */
	async writeSettings(text) {
		await writeFile(join(this.#dir, 'settings.json'), text);
	}

	/** Stops it and removes its data folder. */
	async stop() {
		await this.end();
		await rm(this.#dir, { recursive: true, force: true });
	}
}
