// Load generator: the clients of a measurement, in a process of their own, so that their cost is not counted as the
// page's. The parent sends messages {do, …}; each is answered by {done, …}.
import { Wire } from '../wire.mjs';

/** Concurrent handshakes. */
const AT_ONCE = 200;
/** Interval of the senders, in milliseconds. */
const STEP = 50;
/** Every tenth speaks in a small topic, the others to the operator: the page is sent all of it either way. */
const TOPIC = 'line-2';
const IN_TOPIC = 10;

const WORDS =
	'Press four is down again with error seventeen the blue crates in bay three are out we count nineteen at point B ' +
	'who took the torque wrench from cabinet compressor two sounds wrong looking at it now';
const vocabulary = WORDS.split(' ');

const crowd = [];
let said = 0;
let talk;

// Of one to sixty words, most of them short, as people write.
function sentence() {
	const length = 1 + ((said * 7919) % (said % 10 === 0 ? 60 : 14));
	const words = Array.from({ length }, (_, i) => vocabulary[(said * 31 + i * 17) % vocabulary.length]);
	return `${said} ${words.join(' ')}`;
}

async function join(url, id) {
	const topics = id < IN_TOPIC ? ['general', TOPIC] : ['general'];
	// No hello: its recoveries and lists would measure this process.
	const wire = await Wire.open(url, undefined, {
		'User-Agent': 'Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36',
		'X-Forwarded-For': `10.${(id >> 16) & 255}.${(id >> 8) & 255}.${id & 255}`,
	});
	wire.say({ action: 'hello', name: `Person ${String(id).padStart(5, '0')}`, user_id: `speed-${id}`, topics });
	return wire;
}

function speak() {
	const at = said++ % crowd.length;
	if (said % 10 === 0) crowd[at % Math.min(IN_TOPIC, crowd.length)].notify(sentence(), { topic: TOPIC });
	else crowd[at].notify(sentence());
}

const verbs = {
	/** count more people come in. */
	async join({ url, count }) {
		for (const end = crowd.length + count; crowd.length < end;) {
			const ids = Array.from({ length: Math.min(AT_ONCE, end - crowd.length) }, (_, i) => crowd.length + i);
			crowd.push(...(await Promise.all(ids.map((id) => join(url, id)))));
		}
	},
	/** rate messages a second from now on, and churn people a second who go and come back; 0: no more. */
	talk({ url, rate, churn = 0 }) {
		clearInterval(talk);
		if (rate === 0) return;
		const began = performance.now();
		let spoken = 0;
		let changed = 0;
		talk = setInterval(() => {
			const passed = (performance.now() - began) / 1000;
			for (; spoken < passed * rate; spoken++) speak();
			for (; changed < passed * churn; changed++) void comeBack(url, IN_TOPIC + (changed % (crowd.length - IN_TOPIC)));
		}, STEP);
	},
	/** count messages, as fast as they are taken. */
	async say({ count }) {
		for (let i = 0; i < count; i++) {
			speak();
			if (i % 200 === 0) await new Promise((next) => setTimeout(next, 20));
		}
	},
	/** One message to a topic; when it left, by the clock that the page has too. */
	one({ text, topic }) {
		crowd[0].notify(text, { topic });
		return { at: Date.now() };
	},
};

async function comeBack(url, id) {
	crowd[id].close();
	crowd[id] = await join(url, id);
}

process.on('message', async ({ do: verb, ...fields }) => {
	const more = await verbs[verb](fields);
	process.send({ done: verb, ...more });
});
