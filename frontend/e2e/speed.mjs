// Measures the pages in Chromium against the real server:
//   node e2e/speed.mjs [PART…] [--log sqlite] [--profile FOLDER] [--minutes N]
// Each part starts a server of its own; `memory`, five minutes long or N, is run only when it is named.
// docs/performance.md says what the figures mean.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Crowd } from './speed/crowd.mjs';
import { PARTS } from './speed/parts.mjs';
import { LAPTOP, Stage } from './stage.mjs';

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		log: { type: 'string', default: 'memory' },
		profile: { type: 'string' },
		minutes: { type: 'string', default: '5' },
	},
});
const wanted = positionals.length > 0 ? positionals : Object.keys(PARTS).filter((name) => name !== 'memory');
const unknown = wanted.find((name) => !PARTS[name]);
const minutes = Number(values.minutes);
if (unknown || !['memory', 'sqlite'].includes(values.log) || !(minutes > 0)) {
	console.error(
		`Usage: node e2e/speed.mjs [${Object.keys(PARTS).join(' | ')}]… [--log memory|sqlite] [--profile FOLDER] [--minutes N]`,
	);
	process.exit(2);
}
if (values.profile) mkdirSync(values.profile, { recursive: true });

const flags = ['-client-rate', '0', '-max-per-address', '0', '-trusted-proxy', '127.0.0.9'];
if (values.log === 'memory') flags.push('-data', 'memory');

const stage = new Stage(flags);
await stage.open();
for (const name of wanted) {
	await stage.begin();
	const crowd = new Crowd(stage.server.url);
	try {
		await PARTS[name]({
			stage,
			crowd,
			minutes,
			dashboard: () => stage.dashboard({ size: LAPTOP }),
			file: (what) => values.profile && join(values.profile, `${name}-${what}.json`),
			say: (what, figures) => console.log(`${name}, ${what}: ${figures}`),
		});
	} finally {
		crowd.end();
		await stage.end();
	}
}
await stage.close();
