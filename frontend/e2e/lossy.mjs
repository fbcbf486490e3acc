import { connect, createServer } from 'node:net';

/** A lossy TCP proxy between a page and the server. */
export class Lossy {
	#pairs = new Set();
	#silent = false;
	#down = false;
	#server;

	/** Forwards to the server at this address; `url` is the address of the proxy. */
	static async before(server) {
		const lossy = new Lossy();
		const { hostname, port } = new URL(server);
		lossy.#server = createServer((near) => lossy.#join(near, connect(Number(port), hostname)));
		await new Promise((done) => lossy.#server.listen(0, '127.0.0.1', done));
		lossy.#server.unref(); // a test that has failed does not keep its file from ending
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
			end.unref();
			end.on('error', () => {});
			end.on('close', () => this.#drop(pair));
		}
	}

	#drop(pair) {
		this.#pairs.delete(pair);
		for (const end of pair) end.destroy();
	}

	/** Drops all answers of the server from now on; requests still arrive. */
	silence() {
		this.#silent = true;
	}

	/** Breaks all connections; later ones work. */
	cut() {
		this.#silent = false;
		for (const pair of this.#pairs) this.#drop(pair);
	}

	/** Breaks all connections, and refuses new ones until up(). */
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
