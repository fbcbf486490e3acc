// Runs the tests of the pages: node e2e/run.mjs [FILE ...]
//
// Two files at once share two cores with three browser engines, and a browser that gets none for some seconds fails a test
// that is right. So a file that fails is run once more, alone; it is named if it passes only then. What fails twice is at fault.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Runs files, so many at once, and returns those that failed. */
async function failing(files, concurrency) {
	const failed = new Set();
	const stream = run({ files, concurrency });
	stream.on('test:fail', ({ file }) => failed.add(file));
	const shown = stream.compose(new spec());
	for await (const text of shown) process.stdout.write(text);
	return [...failed];
}

const here = import.meta.dirname;
const named = process.argv.slice(2);
const all = readdirSync(here).filter((name) => name.endsWith('.test.mjs'));
const files = named.length > 0 ? named : all.sort().map((name) => join(here, name));

const first = await failing(files, 2);
const second = first.length > 0 ? await failing(first, 1) : [];
for (const file of first) {
	const name = relative(process.cwd(), file);
	console.log(second.includes(file) ? `failed twice: ${name}` : `passed only when it ran again, alone: ${name}`);
}
process.exitCode = second.length > 0 ? 1 : 0;
