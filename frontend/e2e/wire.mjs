import WebSocket from 'ws';

/** A client without a page: the frames alone. */
export class Wire {
	#socket;
	/** Called for each message that it is sent. */
	onmessage;

	/** Connected, and known by what it says in its hello, if it says one. */
	static async open(url, hello, headers = {}) {
		const wire = new Wire();
		const socket = new WebSocket(new URL('/ws/client', url.replace(/^http/, 'ws')), { headers });
		wire.#socket = socket;
		await new Promise((done, failed) => {
			socket.once('error', failed);
			socket.once('open', done);
		});
		if (!hello) return wire;
		const welcome = new Promise((done) => {
			socket.on('message', (data) => {
				const { type } = JSON.parse(data);
				if (type === 'welcome') done();
				if (type === 'message') wire.onmessage?.();
			});
		});
		wire.say({ action: 'hello', topics: ['general'], ...hello });
		await welcome;
		return wire;
	}

	say(frame) {
		this.#socket.send(JSON.stringify(frame));
	}

	/** Writes to the operator, or with a topic to everyone in it. */
	notify(message, more = {}) {
		this.say({ action: 'notify', message, ...more });
	}

	close() {
		this.#socket.terminate();
	}
}
