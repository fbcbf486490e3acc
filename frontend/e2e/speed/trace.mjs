// Main-thread work of the page, from a DevTools trace.
import { writeFileSync } from 'node:fs';

const CATEGORIES = ['-*', 'toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];
const WITH_PROFILE = ['disabled-by-default-v8.cpu_profiler', 'v8.execute'];
/** With this the main thread hands a frame over. */
const FRAME = 'Commit';

/** Records while work() runs; file: the trace is kept there too, for DevTools' Performance panel. */
export async function record(page, work, file) {
	const browser = page.context().browser();
	await browser.startTracing(page, { categories: file ? [...CATEGORIES, ...WITH_PROFILE] : CATEGORIES });
	let buffer;
	const began = performance.now();
	try {
		await work();
	} finally {
		buffer = await browser.stopTracing();
	}
	const seconds = (performance.now() - began) / 1000;
	if (file) writeFileSync(file, buffer);
	return { ...read(JSON.parse(buffer.toString()).traceEvents), seconds };
}

// The page's renderer is the one whose main thread did most: the browser keeps a spare one.
function mainThread(events) {
	const threads = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
	const busy = ({ pid, tid }) => events.reduce((n, e) => n + (e.pid === pid && e.tid === tid ? 1 : 0), 0);
	return threads.sort((a, b) => busy(b) - busy(a))[0];
}

function read(events) {
	const main = mainThread(events);
	const mine = events.filter(({ pid, tid }) => pid === main.pid && tid === main.tid).sort((a, b) => a.ts - b.ts);
	const tasks = outermost(mine.filter(({ name, ph }) => name === 'RunTask' && ph === 'X'));
	const ms = ({ dur = 0 }) => dur / 1000;
	const cpu = ({ tdur, dur = 0 }) => (tdur ?? dur) / 1000;
	const frames = frameCosts(mine, tasks, cpu);
	return {
		from: tasks[0]?.ts ?? 0,
		busy: sum(tasks.map(ms)),
		busyCpu: sum(tasks.map(cpu)),
		longest: Math.max(0, ...tasks.map(ms)),
		longestCpu: Math.max(0, ...tasks.map(cpu)),
		over50: tasks.filter((task) => ms(task) > 50).length,
		frames,
		kinds: kinds(mine),
	};
}

function outermost(tasks) {
	let end = 0;
	return tasks.filter(({ ts, dur = 0 }) => {
		if (ts < end) return false;
		end = ts + dur;
		return true;
	});
}

// The main thread's time for each frame: all tasks from the last one's commit to its own.
function frameCosts(events, tasks, cpu) {
	const commits = events.filter(({ name, ph }) => name === FRAME && ph === 'X').map(({ ts }) => ts);
	const costs = [];
	let cost = 0;
	let at = 0;
	for (const task of tasks) {
		cost += cpu(task);
		const end = task.ts + (task.dur ?? 0);
		if (commits[at] === undefined || commits[at] > end) continue;
		while (commits[at] <= end) at++;
		costs.push(cost);
		cost = 0;
	}
	return costs.slice(1);
}

const KINDS = {
	script: ['FunctionCall', 'EvaluateScript', 'TimerFire', 'FireAnimationFrame', 'EventDispatch', 'RunMicrotasks'],
	style: ['UpdateLayoutTree'],
	layout: ['Layout'],
	paint: ['PrePaint', 'Paint', 'Layerize', 'Commit'],
	collection: ['MinorGC', 'MajorGC', 'V8.GCIncrementalMarking', 'BlinkGC.AtomicPhase'],
};

// Each kind's own time, without what of the same kind it holds; layout forced by script counts in both.
function kinds(events) {
	const out = {};
	for (const [kind, names] of Object.entries(KINDS)) {
		const some = events.filter(({ name, ph }) => ph === 'X' && names.includes(name));
		out[kind] = sum(outermost(some).map(({ dur = 0 }) => dur / 1000));
	}
	return out;
}

function sum(numbers) {
	return numbers.reduce((a, b) => a + b, 0);
}

/** Quantile. */
export function percentile(numbers, share) {
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
