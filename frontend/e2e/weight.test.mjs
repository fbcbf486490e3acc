import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Phone } from './phone.mjs';
import { useStage } from './stage.mjs';

const stage = useStage();

// The script is most of it: Svelte’s runtime, and the log that is kept across reloads and outages.
test('the first load of the client page stays under 75 kB, all of it from this server', async () => {
	const page = await stage.page();
	const devtools = await page.context().newCDPSession(page);
	await devtools.send('Network.enable');
	let bytes = 0;
	const hosts = new Set();
	devtools.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
	page.on('request', (request) => hosts.add(new URL(request.url()).origin));
	await page.goto(stage.server.url);
	const phone = new Phone(page);
	await phone.comeIn('Ana Lima');
	await page.waitForLoadState('networkidle');
	assert.ok(bytes > 10_000 && bytes <= 75_000, `${bytes} bytes`);
	assert.deepEqual([...hosts], [new URL(stage.server.url).origin]);
});
