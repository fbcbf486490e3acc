// Starts a real proxy with a block of docs/proxies.md, or with one that lacks something, in front of Belfry.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DOCUMENT = new URL('../../../docs/proxies.md', import.meta.url);
const APACHE_MODULES = '/usr/lib/apache2/modules';

/** The block of the document with an info string. */
export async function block(name) {
	const text = await readFile(DOCUMENT, 'utf8');
	const found = text.split('```' + name + '\n')[1]?.split('\n```')[0];
	if (!found) throw new Error(`docs/proxies.md has no block ${name}`);
	return found;
}

const substitutes = {
	nginx: (text, { port, dir }) =>
		text
			.replace('listen 80;', `listen 127.0.0.1:${port};`)
			.replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
			.replaceAll('/etc/ssl/', `${dir}/`),
	caddy: (text, { port }) => text.replace(/^\S+ \{/u, `http://:${port} {\n\tbind 127.0.0.1`),
	apache: (text, { port }) => text.replace('*:80', `127.0.0.1:${port}`),
	haproxy: (text, { port }) => text.replace('bind :80', `bind 127.0.0.1:${port}`),
};

// A file around the block, and the command that runs it in the foreground.
const around = {
	nginx: (text, { dir }) => ({
		file: `daemon off; error_log ${dir}/error.log; pid ${dir}/pid; worker_processes 1; events {}
http {
access_log off; gzip on; gzip_types *; gzip_min_length 0;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${dir}/${kind};`).join(' ')}
${text}
}`,
		command: ['nginx', '-e', `${dir}/error.log`, '-p', dir, '-c'],
	}),
	caddy: (text) => ({
		file: `{\n\tadmin off\n}\n${text}\n`,
		command: ['caddy', 'run', '--adapter', 'caddyfile', '--config'],
	}),
	apache: (text, { port, dir }) => ({
		file: `ServerRoot ${dir}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${dir}/pid
ErrorLog ${dir}/error.log
DefaultRuntimeDir ${dir}
${['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'alias'].map((name) => `LoadModule ${name}_module ${APACHE_MODULES}/mod_${name}.so`).join('\n')}
${text}
`,
		command: ['apache2', '-D', 'FOREGROUND', '-f'],
	}),
	haproxy: (text) => ({ file: `${text}\n`, command: ['haproxy', '-db', '-f'] }),
};

/** Whether a proxy is installed: then its program's name, else undefined. */
export function installed(kind) {
	const program = around[kind]('', {}).command[0];
	const known = spawnSync('sh', ['-c', `command -v ${program}`], { env: PATHS }).status === 0;
	return known && (kind !== 'apache' || existsSync(APACHE_MODULES)) ? program : undefined;
}

const PATHS = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/** One proxy in front of a server. */
export class Proxy {
	#process;
	#said = '';

	constructor(kind, block, server, scheme = 'http') {
		Object.assign(this, { kind, block, server, scheme });
	}

	async start() {
		this.dir = await mkdtemp(join(tmpdir(), 'belfry-proxy-'));
		this.port ??= await freePort();
		this.url = `${this.scheme}://127.0.0.1:${this.port}/`;
		if (this.scheme === 'https') makeCertificate(this.dir);
		const text = substitutes[this.kind](this.block, this).replaceAll('127.0.0.1:8000', new URL(this.server.url).host);
		const { file, command } = around[this.kind](text, this);
		const path = join(this.dir, 'config');
		await writeFile(path, file);
		await mkdir(join(this.dir, 'home'));
		const env = { ...PATHS, HOME: join(this.dir, 'home'), XDG_DATA_HOME: this.dir, XDG_CONFIG_HOME: this.dir };
		this.#process = spawn(command[0], [...command.slice(1), path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
		this.#said = '';
		for (const stream of [this.#process.stdout, this.#process.stderr])
			stream.on('data', (data) => (this.#said += data));
		this.#process.once('exit', () => (this.#process = undefined));
		await this.#listening();
	}

	async #listening() {
		for (const end = performance.now() + 20_000; ;) {
			if (!this.#process || performance.now() > end) throw new Error(`${this.kind} did not start: ${this.#said}`);
			if (await answers(this.port)) return;
			await new Promise((next) => setTimeout(next, 50));
		}
	}

	/** Stops it; with another block it may be started again at the same port. */
	async stop() {
		const child = this.#process;
		if (child) {
			const gone = new Promise((done) => child.once('exit', done));
			child.kill('SIGTERM');
			await gone;
		}
		await rm(this.dir, { recursive: true, force: true });
	}
}

function answers(port) {
	return new Promise((done) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => done(true)).once('error', () => done(false));
		socket.once('connect', () => socket.destroy());
	});
}

function freePort() {
	return new Promise((done) => {
		const server = createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => done(port));
		});
	});
}

function makeCertificate(dir) {
	const made = spawnSync('openssl', [
		...[
			'req',
			'-x509',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:P-256',
			'-nodes',
			'-days',
			'2',
			'-subj',
			'/CN=belfry',
		],
		...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(dir, 'belfry.key'), '-out', join(dir, 'belfry.pem')],
	]);
	if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
}
