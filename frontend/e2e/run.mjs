// Runs the tests of the pages: node e2e/run.mjs [FILE ...]
//
// Several files at once share the cores with three browser engines, and a browser that gets none for some seconds fails a test
// that is right. So a file that fails is run once more, alone; it is named if it passes only then. What fails twice is at fault.
//
// A file that has passed at once, and whose tests would find everything as it was then, is not run again: see kept.mjs. Files that
// are named are run, and so are all of them in continuous integration (CI=true).
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { BINARY } from './belfry.mjs';
import { Kept } from './kept.mjs';

// A file waits for its browsers about half of the time, so even one core has enough for two.
const AT_ONCE = Math.max(2, availableParallelism());
// The longest takes a minute. What hangs fails, and is named.
const TIMEOUT = 10 * 60_000;

/**
 * Runs one file, prints what it says when it has ended, and returns how many of its tests failed. Each file has a runner of its
 * own: a runner of several names the file in which a test is written, which for tests that files share is none of them.
 */
async function failures(file) {
	let failed = 0;
	const stream = run({ files: [file], timeout: TIMEOUT }).on('test:fail', () => failed++);
	let text = `\n${name(file)}\n`;
	for await (const chunk of stream.compose(withoutCounts).compose(new spec())) text += chunk;
	process.stdout.write(text);
	return failed;
}

/** Leaves out the counts that end each file. */
async function* withoutCounts(events) {
	for await (const event of events)
		if (event.type !== 'test:diagnostic' || !/^[a-z_]+ [\d.]+$/.test(event.data.message)) yield event;
}

/** Runs files, so many at once, and returns those that failed. */
async function failing(files, atOnce) {
	const left = [...files];
	const failed = [];
	async function work() {
		for (let file = left.shift(); file; file = left.shift()) if ((await failures(file)) > 0) failed.push(file);
	}
	await Promise.all(Array.from({ length: atOnce }, work));
	return failed;
}

const name = (file) => relative(process.cwd(), file);
const here = import.meta.dirname;
const named = process.argv.slice(2);
const all = readdirSync(here).filter((entry) => entry.endsWith('.test.mjs'));
const files = named.length > 0 ? named : all.sort().map((entry) => join(here, entry));

const kept = new Kept(join(here, '../../build/bin/cache/pages'), here, BINARY);
const asked = named.length > 0 || process.env.CI === 'true';
const due = asked ? files : files.filter((file) => !kept.has(file));
if (due.length < files.length)
	console.log(`pages: ${files.length - due.length} files have passed with just this before`);
const first = await failing(due, AT_ONCE);
for (const file of due) if (!first.includes(file)) kept.add(file);
kept.tidy();
const second = await failing(first, 1);
for (const file of first)
	console.log(`${second.includes(file) ? 'failed twice' : 'passed only when it ran again, alone'}: ${name(file)}`);
console.log(`pages: ${files.length - second.length} of ${files.length} files passed`);
process.exitCode = second.length > 0 ? 1 : 0;
