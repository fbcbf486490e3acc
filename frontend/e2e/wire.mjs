import WebSocket from 'ws';

/** Timeout of an answer. */
const PATIENCE = 10_000;

/** A raw WebSocket client. */
export class Wire {
	#socket;
	#posted = 0;
	/** Called for each message it receives. */
	onmessage;

	/** Connects, and sends a hello where one is given. */
	static async open(url, hello, headers = {}) {
		const wire = new Wire();
		const socket = new WebSocket(new URL('/ws/client', url.replace(/^http/, 'ws')), {
			headers,
			// An address of this machine that the tests declare to be a proxy's: what it says of others is believed.
			...('X-Forwarded-For' in headers && { localAddress: '127.0.0.9' }),
		});
		wire.#socket = socket;
		await new Promise((done, failed) => {
			socket.once('error', failed);
			socket.once('open', done);
		});
		if (!hello) return wire;
		const welcome = new Promise((done, failed) => {
			socket.on('message', (data) => {
				const { type, message } = JSON.parse(data);
				if (type === 'welcome') done();
				if (type === 'error') failed(new Error(message));
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

	/** The next frame of one of these types. */
	heard(...types) {
		return this.#wait(`no ${types.join(', ')} came`, (done) => {
			const take = (data) => {
				const frame = JSON.parse(data);
				if (!types.includes(frame.type)) return;
				this.#socket.off('message', take);
				done(frame);
			};
			this.#socket.on('message', take);
		});
	}

	/** The close code of the connection. */
	ended() {
		return this.#wait('the connection did not end', (done) => this.#socket.once('close', done));
	}

	#wait(otherwise, listen) {
		return new Promise((done, failed) => {
			const timer = setTimeout(() => failed(new Error(otherwise)), PATIENCE);
			listen((what) => {
				clearTimeout(timer);
				done(what);
			});
		});
	}

	/** Writes to the operator, or with a topic to everyone in it. */
	notify(message, more = {}) {
		this.say({ action: 'notify', message, ...more });
	}

	/** Writes to everyone in a topic; resolves with the seq once it is accepted. */
	async post(message, topic = 'general') {
		const id = `post-${++this.#posted}`;
		const answer = new Promise((done, failed) => {
			const take = (data) => {
				const frame = JSON.parse(data);
				if (frame.id !== id || !['accepted', 'error'].includes(frame.type)) return;
				this.#socket.off('message', take);
				if (frame.type === 'accepted') done(frame.seq);
				else failed(new Error(frame.message));
			};
			this.#socket.on('message', take);
		});
		this.notify(message, { id, topic });
		return answer;
	}

	close() {
		this.#socket.terminate();
	}
}
