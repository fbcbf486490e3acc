// Three machines of one room on this computer, each a process of its own.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { BINARY, KEY } from './belfry.mjs';

const run = promisify(execFile);

/** So many ports that nobody has. */
async function freePorts(many) {
	const servers = await Promise.all(
		Array.from(
			{ length: many },
			() =>
				new Promise((done) => {
					const server = createServer().listen(0, '127.0.0.1', () => done(server));
				}),
		),
	);
	const ports = servers.map((server) => server.address().port);
	await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
	return ports;
}

export class Machines {
	/** By their order: the name, the addresses of both pages, and the process. */
	all = [];
	#dir;

	/** Starts all, and waits until they have found each other and listen. */
	async start(names = ['hall', 'office', 'stage']) {
		this.#dir = await mkdtemp(join(tmpdir(), 'belfry-machines-'));
		const key = join(this.#dir, 'key');
		await run(BINARY, ['cluster', 'key', key]);
		const ports = await freePorts(2 * names.length);
		const routes = ports.slice(names.length).map((port) => `127.0.0.1:${port}`);
		this.all = names.map((name, at) => this.#spawn(name, ports[at], routes, routes[at], key));
		await Promise.all(this.all.map((one) => one.listens));
	}

	#spawn(name, port, routes, own, key) {
		const args = ['-headless', '-addr', `127.0.0.1:${port}`, '-data', join(this.#dir, name), '-operator-token', KEY];
		const cluster = ['-cluster', routes.join(','), '-cluster-listen', own, '-cluster-key', key, '-cluster-node', name];
		const child = spawn(BINARY, [...args, ...cluster], { stdio: ['ignore', 'pipe', 'pipe'] });
		const machine = { name, child, ended: new Promise((done) => child.once('exit', done)) };
		let said = '';
		child.stderr.on('data', (text) => (said += text));
		machine.listens = (async () => {
			for await (const line of createInterface({ input: child.stdout })) {
				const [what, url] = line.split(' ');
				machine[what] = url;
				if (machine.client && machine.dashboard) break;
			}
			if (!machine.dashboard) throw new Error(`${name} did not start: ${said}`);
			child.stdout.resume();
		})();
		return machine;
	}

	/** The machine whose page this is. */
	of(url) {
		return this.all.find(({ client }) => new URL(client).origin === new URL(url).origin);
	}

	/** Ends one: SIGKILL as a power cut, SIGTERM as its operator would. */
	async end(machine, signal = 'SIGKILL') {
		machine.child.kill(signal);
		await machine.ended;
	}

	/** Ends all, and removes their folders. */
	async stop() {
		await Promise.all(this.all.map((one) => this.end(one)));
		await rm(this.#dir, { recursive: true, force: true });
	}
}
