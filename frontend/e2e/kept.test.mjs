// What lets a file of tests pass without being run.
import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Kept } from './kept.mjs';

const dir = mkdtempSync(join(tmpdir(), 'belfry-kept-'));
after(() => rmSync(dir, { recursive: true }));
mkdirSync(join(dir, 'e2e/engines'), { recursive: true });
const write = (name, text) => writeFileSync(join(dir, name), text);
const passes = join(dir, 'passes');
const open = () => new Kept(passes, join(dir, 'e2e'), join(dir, 'program'));
const file = join(dir, 'e2e/one.test.mjs');

for (const name of [
	'e2e/one.test.mjs',
	'e2e/two.test.mjs',
	'e2e/phone.mjs',
	'e2e/engines/page.mjs',
	'program',
	'package.json',
	'package-lock.json',
])
	write(name, `${name} at first`);

test('a file has passed as long as all that it depends on is the same', () => {
	assert.equal(open().has(file), false);
	open().add(file);
	assert.equal(open().has(file), true);
	write('e2e/two.test.mjs', 'another file of tests');
	assert.equal(open().has(file), true, 'the tests of another file do not concern it');
	for (const name of [
		'e2e/one.test.mjs',
		'e2e/phone.mjs',
		'e2e/engines/page.mjs',
		'program',
		'package.json',
		'package-lock.json',
	]) {
		write(name, `${name} changed`);
		assert.equal(open().has(file), false, `${name} was changed`);
		open().add(file);
		assert.equal(open().has(file), true);
	}
});

test('after a week it is run again, and the pass is forgotten', () => {
	const old = new Date(Date.now() - 8 * 24 * 3600_000);
	for (const entry of readdirSync(passes)) utimesSync(join(passes, entry), old, old);
	assert.equal(open().has(file), false);
	open().tidy();
	assert.deepEqual(readdirSync(passes), []);
});

test('where something cannot be found out nothing is remembered', () => {
	const none = new Kept(passes, join(dir, 'e2e'), join(dir, 'no-such-program'));
	none.add(file);
	none.tidy();
	assert.equal(none.has(file), false);
});
