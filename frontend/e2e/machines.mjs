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

/** So many ports that nobody has, below those that systems give to connections: nothing takes one before it is used. */
async function freePorts(many) {
	const ports = new Set();
	while (ports.size < many) {
		const port = 20_000 + Math.floor(Math.random() * 12_000);
		if (await isFree(port)) ports.add(port);
	}
	return [...ports];
}

function isFree(port) {
	return new Promise((done) => {
		const server = createServer().once('error', () => done(false));
		server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
	});
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

	/** Starts one that has ended, on the same folder and ports. */
	async again(machine) {
		const { args, name } = machine;
		Object.assign(machine, { client: undefined, dashboard: undefined }, this.#run(machine, name, args));
		await machine.listens;
	}

	#spawn(name, port, routes, own, key) {
		const args = ['-headless', '-addr', `127.0.0.1:${port}`, '-data', join(this.#dir, name), '-operator-token', KEY];
		const cluster = ['-cluster', routes.join(','), '-cluster-listen', own, '-cluster-key', key, '-cluster-node', name];
		const machine = { name, args: [...args, ...cluster] };
		return Object.assign(machine, this.#run(machine, name, machine.args));
	}

	#run(machine, name, args) {
		const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
		const ended = new Promise((done) => child.once('exit', done));
		let said = '';
		child.stderr.on('data', (text) => (said += text));
		const listen = async () => {
			for await (const line of createInterface({ input: child.stdout })) {
				const [what, url] = line.split(' ');
				machine[what] = url;
				if (machine.client && machine.dashboard) break;
			}
			if (!machine.dashboard) throw new Error(`${name} did not start: ${said}`);
			child.stdout.resume();
		};
		return { child, ended, listens: listen() };
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
