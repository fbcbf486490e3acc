// The encrypted address, in a browser that trusts the server's own authority as a person's would: by the certificate that it
// gives away, and by nothing else.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { accessible, tooWide } from './checks.mjs';
import { Phone } from './phone.mjs';
import { eventually, LAPTOP, PHONE, useStage } from './stage.mjs';

const stage = useStage();
const run = promisify(execFile);

/** Switches the encrypted address on, as the operator does, and says where it is. */
async function switchOn() {
	await stage.server.verb('set_settings', { own_authority: true });
	const { secure } = await stage.server.verb('state');
	assert.equal(secure.problem, '');
	return secure;
}

/** A browser of somebody who has installed the server's certificate, until the test ends. */
async function trusting(t) {
	const home = await mkdtemp(join(tmpdir(), 'belfry-home-'));
	const db = join(home, '.pki', 'nssdb');
	await mkdir(db, { recursive: true });
	const certificate = await fetch(new URL('/trust/belfry.crt', stage.server.url));
	await writeFile(join(home, 'belfry.crt'), Buffer.from(await certificate.arrayBuffer()));
	await run('certutil', ['-d', `sql:${db}`, '-N', '--empty-password']);
	await run('certutil', ['-d', `sql:${db}`, '-A', '-t', 'C,,', '-n', 'belfry', '-i', join(home, 'belfry.crt')]);
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
		env: { ...process.env, HOME: home },
	});
	t.after(async () => {
		await browser.close();
		await rm(home, { recursive: true, force: true });
	});
	return browser;
}

test('with the authority trusted the page notifies, stays awake and can be installed; the person comes along', async (t) => {
	const secure = await switchOn();
	const page = await stage.page({ size: PHONE, touch: true, browser: await trusting(t) });
	const phone = new Phone(page);
	await page.goto(stage.server.url);
	await phone.comeIn('Ana Lima');
	const before = await page.evaluate(() => JSON.parse(localStorage.getItem('belfry.identity')));
	await phone.settings.first().click();
	await page.getByRole('link', { name: 'Open the encrypted address' }).click();
	await phone.live();
	assert.equal(page.url(), secure.url);
	const after = await page.evaluate(() => JSON.parse(localStorage.getItem('belfry.identity')));
	assert.deepEqual([after.user_id, after.token, after.name], [before.user_id, before.token, 'Ana Lima']);

	assert.ok(await page.evaluate(() => isSecureContext));
	const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
	assert.equal(scope, secure.url);
	const devtools = await page.context().newCDPSession(page);
	await eventually(async () => {
		const { errors, url } = await devtools.send('Page.getAppManifest');
		assert.equal(url, `${secure.url}manifest.webmanifest`);
		assert.deepEqual(errors, []);
	});
	await eventually(async () => {
		const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
		// A browser profile of a test is private to it, and nothing is installed from such.
		assert.deepEqual(
			installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'),
			[],
		);
	});

	await page.context().grantPermissions(['notifications', 'screen-wake-lock'], { origin: secure.url });
	await phone.settings.first().click();
	await page.getByRole('switch', { name: 'Notifications' }).check();
	await page.getByRole('dialog').getByRole('switch', { name: 'Keep the screen on' }).check();
	assert.ok(await page.getByRole('switch', { name: 'Notifications' }).isChecked());
	assert.equal(await page.evaluate(async () => (await navigator.wakeLock.request('screen')).type), 'screen');
	await page.keyboard.press('Escape');
	// The page is not looked at: as a phone in a pocket.
	await page.evaluate(() => Object.defineProperty(document, 'hidden', { get: () => true }));
	await stage.server.verb('broadcast', { message: 'Lunch <b>at 12</b>', title: 'Break', message_id: 'lunch' });
	await eventually(async () => {
		const shown = await page.evaluate(async () => {
			const registration = await navigator.serviceWorker.ready;
			return (await registration.getNotifications()).map(({ title, body }) => [title, body]);
		});
		assert.deepEqual(shown, [['Operator', 'Break\nLunch <b>at 12</b>']]);
	});
});

test('the worker keeps nothing: a page that is loaded again is the server’s own', async (t) => {
	const secure = await switchOn();
	const page = await stage.page({ browser: await trusting(t) });
	await page.goto(secure.url);
	await page.evaluate(() => navigator.serviceWorker.ready);
	await page.reload();
	assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null));
	assert.deepEqual(await page.evaluate(() => caches.keys()), []);
	stage.expectOutage();
	await stage.server.kill();
	await assert.rejects(page.reload());
	await stage.server.start();
});

test('the page at /trust says what to do on every device, and shows what the operator sees', async () => {
	const page = await stage.page({ size: PHONE });
	await page.goto(new URL('/trust', stage.server.url).href);
	await page.getByText('the operator has not turned on the encrypted address').waitFor();
	const secure = await switchOn();
	await page.reload();
	await page.getByText(secure.fingerprint.replaceAll(':', ' ')).waitFor();
	assert.equal(await page.getByRole('link', { name: 'Open the encrypted address' }).getAttribute('href'), secure.url);
	for (const summary of await page.locator('summary').all()) await summary.click();
	const broken = [...(await accessible(page, '/trust')), ...(await tooWide(page, '/trust'))];
	await page.setViewportSize({ width: 320, height: 640 });
	broken.push(...(await tooWide(page, '/trust at 320')));
	await page.setViewportSize(LAPTOP);
	broken.push(...(await tooWide(page, '/trust at 1280')));
	assert.deepEqual(broken, []);
});

test('a link that brings somebody else asks before it makes one somebody else', async () => {
	const phone = await stage.phone('Bo');
	await phone.page.goto(`${stage.server.url}#user_id=ana&token=abcdefghijklmnopqrst&name=Ana`);
	await phone.page.getByRole('heading', { name: 'Use which name?' }).waitFor();
	assert.equal(new URL(phone.page.url()).hash, '');
	assert.deepEqual(await accessible(phone.page, 'who are you'), []);
	await phone.page.getByRole('button', { name: 'Stay as Bo' }).click();
	await phone.live();
	const name = await phone.page.evaluate(() => JSON.parse(localStorage.getItem('belfry.identity')).name);
	assert.equal(name, 'Bo');
});
