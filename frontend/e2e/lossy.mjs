import { connect, createServer } from 'node:net';

/** The radio between a page and the server, as bad as a test wants it. */
export class Lossy {
	#pairs = new Set();
	#silent = false;
	#down = false;
	#server;

	/** Passes everything on to the server at this address; at `url` it is reached through here. */
	static async before(server) {
		const lossy = new Lossy();
		const { hostname, port } = new URL(server);
		lossy.#server = createServer((near) => lossy.#join(near, connect(Number(port), hostname)));
		await new Promise((done) => lossy.#server.listen(0, '127.0.0.1', done));
		lossy.url = `http://127.0.0.1:${lossy.#server.address().port}/`;
		return lossy;
	}

	#join(near, far) {
		if (this.#down) {
			for (const end of [near, far]) end.on('error', () => {}).destroy();
			return;
		}
		const pair = [near, far];
		this.#pairs.add(pair);
		near.on('data', (bytes) => far.write(bytes));
		far.on('data', (bytes) => this.#silent || near.write(bytes));
		for (const end of pair) {
			end.on('error', () => {});
			end.on('close', () => this.#drop(pair));
		}
	}

	#drop(pair) {
		this.#pairs.delete(pair);
		for (const end of pair) end.destroy();
	}

	/** What the server answers is lost from now on; it still hears everything. */
	silence() {
		this.#silent = true;
	}

	/** Every connection breaks; those that come after it are good. */
	cut() {
		this.#silent = false;
		for (const pair of this.#pairs) this.#drop(pair);
	}

	/** Every connection breaks, and none gets through until up. */
	down() {
		this.#down = true;
		this.cut();
	}

	up() {
		this.#down = false;
	}

	close() {
		this.cut();
		this.#server.close();
	}
}
