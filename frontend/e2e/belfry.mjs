// Starts the real server, kills it, and starts it again on the same port.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';

const BINARY = process.env.BELFRY ?? fileURLToPath(new URL('../../build/bin/belfry-server', import.meta.url));
export const KEY = 'e2e-operator-key';

/** One server in a folder of its own, which it finds again after a restart. */
export class Belfry {
	#port = 0;
	#dir;
	#process;
	#flags;

	constructor(flags = []) {
		this.#flags = flags;
	}

	/** Serves as soon as this is done: Belfry prints its lines when it is listening. */
	async start() {
		this.#dir ??= await mkdtemp(join(tmpdir(), 'belfry-e2e-'));
		const args = ['-headless', '-addr', `127.0.0.1:${this.#port}`, '-data', this.#dir, '-operator-token', KEY];
		const child = spawn(BINARY, [...args, ...this.#flags], { stdio: ['ignore', 'pipe', 'pipe'] });
		this.#process = child;
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

	/** One of the operator's verbs, by a socket of its own. */
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

	/** As a power cut would: no close frame, nothing written any more. */
	async kill() {
		this.#process.kill('SIGKILL');
		await this.ended;
	}

	/** Ends it as the operator would; it can be started again. */
	async end() {
		this.#process.kill('SIGTERM');
		await this.ended;
	}

	/** Changes the log of a server that has ended, byte by byte. */
	async patchLog(change) {
		const file = join(this.#dir, 'log.db');
		await writeFile(file, change(await readFile(file, 'latin1')), 'latin1');
	}

	/** Ends it; the folder is gone afterwards. */
	async stop() {
		await this.end();
		await rm(this.#dir, { recursive: true, force: true });
	}
}
