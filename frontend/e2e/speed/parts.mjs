// The parts of the measurement: each sets up, runs its work, and returns its figures.
import { eventually } from '../stage.mjs';
import { percentile, record } from './trace.mjs';

const PEOPLE = 10_000;
const RATE = 200;
const MESSAGES = 100_000;

const ms = (value) => `${value.toFixed(1)} ms`;
const MB = 1024 * 1024;

/** Main-thread work while work() ran, in a line. */
async function thread({ dashboard, say, file }, what, work) {
	const { page } = dashboard;
	const found = await record(page, work, file(what.replace(/\W+/g, '-')));
	const share = (busy) => `${(busy / 10 / found.seconds).toFixed(0)} %`;
	const kinds = Object.entries(found.kinds).map(([kind, time]) => `${kind} ${ms(time / found.seconds)}/s`);
	say(
		what,
		`main thread busy ${share(found.busy)} (CPU ${share(found.busyCpu)}), longest task ${ms(found.longest)} ` +
			`(CPU ${ms(found.longestCpu)}), ${found.over50} over 50 ms; ${kinds.join(', ')}`,
	);
	return found;
}

/** Deltas between the frames that the page is given while work() runs. */
async function frames(page, work) {
	await page.evaluate(() => {
		const deltas = (window.deltas = []);
		let last = performance.now();
		const next = (now) => {
			deltas.push(now - last);
			last = now;
			window.frame = requestAnimationFrame(next);
		};
		window.frame = requestAnimationFrame(next);
	});
	await work();
	return page.evaluate(() => {
		cancelAnimationFrame(window.frame);
		return window.deltas.slice(1);
	});
}

/** Both views of the same frames: the main thread's time for each, and how far apart they came. */
async function smooth(context, what, work) {
	const { dashboard, say } = context;
	let deltas;
	const found = await thread(context, what, async () => (deltas = await frames(dashboard.page, work)));
	const spread = (numbers) =>
		`p50 ${ms(percentile(numbers, 0.5))}, p95 ${ms(percentile(numbers, 0.95))}, p99 ${ms(percentile(numbers, 0.99))}, most ${ms(Math.max(0, ...numbers))}`;
	say(what, `main thread's time a frame ${spread(found.frames)}; between frames ${spread(deltas)} (${deltas.length})`);
}

const pause = (time) => new Promise((next) => setTimeout(next, time));

/** Scrolls a list by the wheel, a step each frame. */
async function wheel(page, list, step, times) {
	await page.locator(list).hover();
	for (let i = 0; i < times; i++) {
		await page.mouse.wheel(0, step);
		await page.evaluate(() => new Promise(requestAnimationFrame));
	}
}

/** Scrolls to positions all over the list. */
function drag(page, list) {
	return page.evaluate(async (list) => {
		const element = document.querySelector(list);
		for (let i = 0; i < 120; i++) {
			element.scrollTop = ((i * 0.381966) % 1) * element.scrollHeight;
			await new Promise(requestAnimationFrame);
		}
	}, list);
}

/** A dashboard, and the topic in which some of the people talk. */
async function begin(context) {
	const dashboard = (context.dashboard = await context.dashboard());
	await dashboard.createTopic('Line 2');
	await dashboard.page.locator('#tab-people').click();
	return dashboard;
}

async function everybody(context) {
	await context.crowd.join(PEOPLE);
	const { dashboard } = context;
	await eventually(async () => {
		const figure = await dashboard.figure('here').innerText();
		if (figure !== '10,000') throw new Error(`${figure} of 10,000 came`);
	});
	await dashboard.page.getByRole('tab', { name: 'People 10,000' }).waitFor();
}

/** Opens the dashboard and lets so many messages run into its feed. */
async function fill(context, count = MESSAGES) {
	await context.crowd.join(10);
	await context.crowd.say(count);
	const last = count;
	await eventually(() => context.dashboard.row(`${last} `).first().waitFor({ timeout: 1_000 }), 90_000);
}

async function heap(session) {
	await session.send('HeapProfiler.collectGarbage');
	const { usedSize } = await session.send('Runtime.getHeapUsage');
	const { nodes } = await session.send('Memory.getDOMCounters');
	return `${(usedSize / MB).toFixed(1)} MB of heap, ${nodes} nodes`;
}

export const PARTS = {
	/** 10,000 people, 200 messages a second, five who go and come back each second. */
	async rate(context) {
		const dashboard = await begin(context);
		await thread(context, 'coming in', () => everybody(context));
		await context.crowd.talk(RATE, 5);
		await pause(2_000);
		await thread(context, 'room', () => pause(15_000));
		await dashboard.page.getByRole('tab', { name: /^Topics/ }).click();
		await thread(context, 'topics', () => pause(5_000));
		await thread(context, 'opened anew', async () => {
			await dashboard.page.reload();
			await dashboard.page.getByRole('tab', { name: 'People 10,000' }).waitFor();
			await pause(1_000);
		});
	},

	/** 100,000 messages in the feed: scrolled by the wheel and the scrollbar, filtered, and while more come. */
	async feed(context) {
		const { page } = await begin(context);
		await fill(context);
		await smooth(context, 'wheel up', () => wheel(page, '#messages', -400, 240));
		await smooth(context, 'wheel down', () => wheel(page, '#messages', 300, 240));
		await smooth(context, 'scrollbar', () => drag(page, '#messages'));
		await context.crowd.talk(RATE);
		await smooth(context, 'wheel while more come', () => wheel(page, '#messages', -400, 240));
		await thread(context, 'jump to the latest', async () => {
			await page.getByRole('button', { name: /^Jump to the latest/ }).click();
			await page.getByRole('button', { name: /^Jump to the latest/ }).waitFor({ state: 'detached' });
			await pause(3_000);
		});
		await context.crowd.talk(0);
		await thread(context, 'filter as typed', async () => {
			await page.getByLabel('Filter the feed').pressSequentially('torque wrench', { delay: 120 });
			await pause(1_000);
		});
	},

	/** 10,000 people in the list: scrolled, sorted, searched. */
	async people(context) {
		const { page } = await begin(context);
		await everybody(context);
		const list = '#people .list';
		await smooth(context, 'wheel', () => wheel(page, list, 400, 240));
		await smooth(context, 'scrollbar', () => drag(page, list));
		const sort = page.getByLabel('Sort people by');
		await smooth(context, 'sort', async () => {
			for (const by of ['since', 'heard', 'messages', 'rtt', 'name']) {
				await sort.selectOption(by);
				await pause(300);
			}
		});
		await smooth(context, 'search as typed', async () => {
			await page.getByLabel('Find a person').pressSequentially('person 0999', { delay: 120 });
			await pause(300);
		});
	},

	/** Whether the page grows: the feed is full, then minutes at 200 messages a second with 10,000 people. */
	async memory(context) {
		const { page } = await begin(context);
		await everybody(context);
		await context.crowd.say(MESSAGES + 10_000);
		const session = await page.context().newCDPSession(page);
		await context.crowd.talk(RATE, 5);
		for (let minute = 1; minute <= context.minutes; minute++) {
			await pause(60_000);
			context.say(`minute ${minute}`, await heap(session));
		}
	},

	/** The client page on a slow phone: from a message's leaving its sender to the frame that shows it. */
	async phone(context) {
		const { crowd, stage, say } = context;
		await crowd.join(50);
		const phone = await stage.phone('Ana Lima');
		await crowd.say(10);
		const session = await phone.page.context().newCDPSession(phone.page);
		await session.send('Emulation.setCPUThrottlingRate', { rate: 6 });
		for (const text of ['warm', 'up']) await shown(phone.page, crowd, text);
		const times = [];
		const receive = async () => {
			for (let i = 0; i < 100; i++) {
				times.push(await shown(phone.page, crowd, `shown ${i}`));
				await pause(150);
			}
		};
		await thread({ ...context, dashboard: phone }, 'a message after the other', receive);
		say(
			'CPU slowed 6 times, 100 messages',
			`sent to shown p50 ${ms(percentile(times, 0.5))}, p95 ${ms(percentile(times, 0.95))}, most ${ms(Math.max(...times))}`,
		);
	},
};

// How long from a message's leaving its sender to the frame that shows it having been drawn.
async function shown(page, crowd, text) {
	const seen = page.evaluate(
		(text) =>
			new Promise((done) => {
				const rows = document.querySelector('#messages ol');
				const watch = new MutationObserver(() => {
					const row = rows.lastElementChild;
					if (!row.textContent.includes(text)) return;
					watch.disconnect();
					const frame = () => {
						const drawn = row.checkVisibility({ contentVisibilityAuto: true });
						if (!drawn) return requestAnimationFrame(frame);
						// A task that is asked for within a frame runs when that frame is drawn.
						const { port1, port2 } = new MessageChannel();
						port1.onmessage = () => done(Date.now());
						port2.postMessage(0);
					};
					requestAnimationFrame(frame);
				});
				watch.observe(rows, { childList: true });
			}),
		text,
	);
	await page.evaluate(() => 0);
	const { at } = await crowd.one(text, 'general');
	return (await seen) - at;
}
