// Belfry behind real proxies, with the blocks of docs/proxies.md and without what they set: it works, or the pages say what
// is missing and come in by themselves once that is mended.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import WebSocket from 'ws';
import { KEY } from '../belfry.mjs';
import { Dashboard } from '../dashboard.mjs';
import { Phone } from '../phone.mjs';
import { eventually, PHONE, useStage } from '../stage.mjs';
import { block, installed, Proxy } from './proxy.mjs';

const HOST = 'A proxy in front of Belfry changes the Host header.';
const SOCKETS = 'Something between this page and Belfry blocks WebSockets.';

// What people write who follow no document.
const BARE = {
	nginx: 'server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }',
	caddy: ':80 {\n\treverse_proxy 127.0.0.1:8000\n}',
	apache: '<VirtualHost *:80>\nProxyPass "/" "http://127.0.0.1:8000/"\n</VirtualHost>',
	haproxy:
		'defaults\nmode http\ntimeout connect 5s\ntimeout client 60s\ntimeout server 60s\nlisten web\nbind :80\nserver belfry 127.0.0.1:8000',
};
const WITH_HOST = {
	nginx: BARE.nginx.replace('} }', 'proxy_set_header Host $http_host; } }'),
	apache: BARE.apache.replace('ProxyPass ', 'ProxyPreserveHost On\nProxyPass '),
};
// The snippet that is copied most: Upgrade, and no Host.
const WITH_UPGRADE = {
	nginx: BARE.nginx.replace(
		'} }',
		'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; } }',
	),
	apache: BARE.apache.replace('8000/"', '8000/" upgrade=websocket'),
};

const stage = useStage('-trusted-proxy', '127.0.0.1', '-host', 'example.org');
let proxy;

afterEach(() => proxy?.stop());

async function front(kind, text, scheme) {
	proxy = new Proxy(kind, text, stage.server, scheme);
	await proxy.start();
	return proxy.url;
}

async function mend(text) {
	await proxy.stop();
	proxy.block = text;
	await proxy.start();
}

/** Everything that people do, at one address. */
async function works(url, browser = stage.browser) {
	const wide = await stage.page({ browser });
	await wide.goto(`${url}server#token=${KEY}`);
	const dashboard = new Dashboard(wide);
	await dashboard.live();
	const page = await stage.page({ size: PHONE, touch: true, browser });
	await page.goto(url);
	const phone = new Phone(page);
	await phone.comeIn('Ana Lima');
	await phone.write('Hello from behind');
	await wide.getByText('Hello from behind').first().waitFor();
	await say(url, 'And back');
	await phone.row('And back').waitFor();
	const text = await wide.evaluate(async () => (await fetch('export?format=csv')).text());
	assert.match(text, /Hello from behind/);
	await sharesNoAddress(url);
	await page.reload();
	await phone.live();
	await phone.row('And back').waitFor();
	return { wide, page };
}

/** The operator writes to everyone, through the proxy. */
async function say(url, message) {
	const address = new URL('ws/server', url.replace(/^http/, 'ws'));
	const socket = new WebSocket(address, { headers: { authorization: `Bearer ${KEY}` }, rejectUnauthorized: false });
	await new Promise((done, failed) => {
		socket.once('error', failed);
		socket.on('message', (data) => JSON.parse(data).type === 'result' && done());
		socket.once('open', () => socket.send(JSON.stringify({ action: 'broadcast', id: 'b', message })));
	});
	socket.terminate();
}

/** Two clients from two addresses are two addresses to Belfry. */
async function sharesNoAddress(url) {
	const address = new URL('ws/client', url.replace(/^http/, 'ws'));
	const sockets = ['127.0.0.2', '127.0.0.3'].map(
		(localAddress) => new WebSocket(address, { localAddress, rejectUnauthorized: false }),
	);
	await Promise.all(sockets.map((socket) => new Promise((done, no) => socket.once('open', done).once('error', no))));
	for (const socket of sockets) socket.send(JSON.stringify({ action: 'subscribe' }));
	await eventually(async () => {
		const { clients } = await stage.server.verb('clients');
		const seen = JSON.stringify(clients);
		assert.match(seen, /127\.0\.0\.2/);
		assert.match(seen, /127\.0\.0\.3/);
	});
	for (const socket of sockets) socket.terminate();
}

/** Both pages, each in the room's size and the other's, say a sentence and what to do, and go on by themselves. */
async function says(url, sentence, cure) {
	stage.expectOutage();
	const page = await stage.page({ size: PHONE, touch: true });
	await page.goto(url);
	const phone = new Phone(page);
	await phone.name.fill('Ana Lima');
	await phone.enter.click();
	await page.getByText(sentence).waitFor();
	await page.getByText(cure).waitFor();
	await page.getByText('You will join automatically').waitFor();
	const wide = await stage.page();
	await wide.goto(`${url}server#token=${KEY}`);
	await wide.getByText(sentence).waitFor();
	await wide.getByText(cure).waitFor();
	await wide.getByText('keeps trying').waitFor();
	await picture(page, wide, sentence === HOST ? 'host' : 'websockets');
	return { wide, page, phone };
}

/** Pictures of the two sentences, where a folder for them is named. */
async function picture(page, wide, name) {
	const folder = process.env.SHOTS;
	if (!folder) return;
	for (const theme of ['light', 'dark']) {
		for (const [shown, size] of [
			[page, 'phone'],
			[wide, 'dashboard'],
		]) {
			await shown.emulateMedia({ colorScheme: theme });
			await shown.screenshot({ path: `${folder}/${proxy.kind}-${name}-${size}-${theme}.png` });
		}
	}
}

for (const kind of ['nginx', 'caddy', 'apache', 'haproxy']) {
	const skip = installed(kind) ? false : `NOT TRIED: ${kind} is not installed`;
	describe(kind, { skip }, () => {
		test('the block of the document works', async () => {
			await works(await front(kind, await block(kind)));
		});

		test('at a path of its own the block works, with and without the slash', async () => {
			const url = `${await front(kind, await block(`${kind}-path`))}belfry/`;
			const { wide, page } = await works(url);
			assert.equal(page.url(), url);
			await page.goto(url.slice(0, -1));
			await new Phone(page).live();
			assert.equal(page.url(), url);
			const cookies = await wide.context().cookies(`${url}session`);
			assert.deepEqual(
				cookies.map(({ path }) => path),
				['/belfry'],
			);
			const keys = await page.evaluate(() => Object.keys(localStorage));
			assert.ok(keys.length > 0 && keys.every((key) => key.includes('/belfry/')), `${keys}`);
			await page.goto(`${url}trust`);
			await page.getByText('the operator has not turned on').waitFor();
		});

		if (kind in WITH_HOST) {
			test('without Host the pages say so, and come in once it is passed', async () => {
				const url = await front(kind, BARE[kind]);
				const { wide, phone } = await says(url, HOST, /proxy_set_header Host \$http_host;/);
				await mend(await block(kind));
				await phone.live();
				await new Dashboard(wide).live();
			});

			test('with Upgrade and without Host the pages say so', async () => {
				await says(await front(kind, WITH_UPGRADE[kind]), HOST, /proxy_set_header Host \$http_host;/);
			});

			test('without Upgrade the pages say so, and come in once it is passed', async () => {
				const url = await front(kind, WITH_HOST[kind]);
				const { wide, phone } = await says(url, SOCKETS, /Upgrade and Connection/);
				await mend(await block(kind));
				await phone.live();
				await new Dashboard(wide).live();
			});
		} else {
			test('with nothing set it works', async () => {
				const url = await front(kind, BARE[kind]);
				const page = await stage.page({ size: PHONE, touch: true });
				await page.goto(url);
				await new Phone(page).comeIn('Ana Lima');
			});
		}

		test('while Belfry is away the pages say that it does not answer, and come back', async () => {
			const url = await front(kind, await block(kind));
			const { wide, page } = await works(url);
			stage.expectOutage();
			await stage.server.end();
			await page
				.getByText(/does not answer|stopped or is restarting/)
				.first()
				.waitFor();
			await wide.getByText('No connection to Belfry').waitFor();
			await stage.server.start();
			await new Phone(page).live();
			await new Dashboard(wide).live();
		});
	});
}

const noNginx = installed('nginx') ? false : 'NOT TRIED: nginx is not installed';

/** A browser to which every name is this machine, and every certificate is right. */
async function otherBrowser(use) {
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--ignore-certificate-errors',
			'--host-resolver-rules=MAP example.org 127.0.0.1',
		],
	});
	try {
		await use(browser);
	} finally {
		await browser.close();
	}
}

test('with TLS at nginx everything works, and the session stays encrypted', { skip: noNginx }, async () => {
	const url = await front('nginx', await block('nginx-tls'), 'https');
	await otherBrowser(async (browser) => {
		const { wide } = await works(url, browser);
		const [cookie] = await wide.context().cookies();
		assert.equal(cookie.secure, true);
	});
});

test('the join card shows the address that the dashboard was opened at', { skip: noNginx }, async () => {
	const here = await front('nginx', await block('nginx-path'));
	const url = `${here.replace('127.0.0.1', 'example.org')}belfry/`;
	await otherBrowser(async (browser) => {
		const wide = await stage.page({ browser });
		await wide.goto(`${url}server#token=${KEY}`);
		await new Dashboard(wide).live();
		await wide
			.getByRole('img', { name: `QR code for ${url}` })
			.first()
			.waitFor();
		await wide.getByText('Wherever this page can be opened').first().waitFor();
		if (process.env.SHOTS) await wide.screenshot({ path: `${process.env.SHOTS}/join-card.png` });
		await wide.getByRole('button', { name: /^Address: / }).click();
		await wide.getByRole('button', { name: /127\.0\.0\.1/ }).click();
		await wide.getByText('Other devices cannot reach this address').first().waitFor();
		await wide.reload();
		await new Dashboard(wide).live();
		await wide.getByText('Other devices cannot reach this address').first().waitFor();
	});
});
