// Remembers which files of tests have passed, as `go test` does: one passes again as long as nothing that it depends on has
// changed. That is the file, all that the tests share, the program under test, the modules, Node, and every package of the
// system, browsers and fonts among them. Where one of these cannot be found out, nothing is remembered.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What has passed is tried again after a week: a day of the calendar may matter to a test, and nobody has thought of it. */
const DAYS = 7;

/** The passes that are kept in a folder. */
export class Kept {
	#dir;
	#shared;

	/** @param {string} dir  where passes are kept @param {string} tests  the folder of the tests @param {string} program  what they test */
	constructor(dir, tests, program) {
		this.#dir = dir;
		try {
			this.#shared = shared(tests, program);
			mkdirSync(dir, { recursive: true });
		} catch {
			this.#shared = undefined;
		}
	}

	/** Reports whether the file has passed with all that it depends on as it is now. */
	has(file) {
		const key = this.#key(file);
		if (!key) return false;
		const age = statSync(join(this.#dir, key), { throwIfNoEntry: false });
		return age !== undefined && Date.now() - age.mtimeMs < DAYS * 24 * 3600_000;
	}

	/** Notes that the file has passed. */
	add(file) {
		const key = this.#key(file);
		if (key) writeFileSync(join(this.#dir, key), file);
	}

	/** Forgets what is older than what `has` believes. */
	tidy() {
		if (!this.#shared) return;
		for (const entry of readdirSync(this.#dir)) {
			const path = join(this.#dir, entry);
			if (Date.now() - statSync(path).mtimeMs > DAYS * 24 * 3600_000) rmSync(path);
		}
	}

	#key(file) {
		return this.#shared && createHash('sha256').update(this.#shared).update(readFileSync(file)).digest('hex');
	}
}

/** The hash of all that every file of tests depends on. */
function shared(tests, program) {
	const hash = createHash('sha256');
	const add = (path) => hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
	const entries = readdirSync(tests, { recursive: true, withFileTypes: true });
	for (const entry of entries.map((e) => (e.isFile() ? join(e.parentPath ?? e.path, e.name) : '')).sort())
		if (entry && !(entry.endsWith('.test.mjs') && dirname(entry) === tests)) add(entry);
	add(program);
	add(join(tests, '../package-lock.json'));
	add(join(tests, '../package.json'));
	const browser = process.env.CHROMIUM ?? '';
	hash.update(`${browser && realpathSync(browser)} ${browser && statSync(realpathSync(browser)).mtimeMs}`);
	hash.update(`${process.version} ${process.env.TZ ?? ''} ${process.env.LANG ?? ''} ${process.env.LC_ALL ?? ''}`);
	hash.update(execFileSync('dpkg-query', ['-W'], { maxBuffer: 64 << 20 }));
	return hash.digest();
}
