// What the dashboard says while something is not sure, and what both pages say behind a proxy that lacks something.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { KEY } from '../belfry.mjs';
import { Dashboard } from '../dashboard.mjs';
import { Phone } from '../phone.mjs';
import { PHONE, Stage } from '../stage.mjs';
import { showing } from './camera.mjs';

const DAY = 24 * 3600 * 1000;

/** A stage of its own, since the server is stopped, or its sentences are of another kind. */
async function apart(work) {
	const stage = new Stage(['-name', 'Hall 2, early shift']);
	await stage.open();
	await stage.begin();
	stage.expectOutage();
	try {
		await work(stage);
	} finally {
		await stage.end();
		await stage.close();
	}
}

/** The machine's clock jumped, simulated; and a settings file that is damaged. */
export const doubtStates = (camera) =>
	apart(async (stage) => {
		await stage.server.end();
		await stage.server.writeSettings('{"access":"open","keep_days":"forever","client_rate":"many"}');
		await stage.server.start();
		const damaged = await stage.dashboard();
		const doubt = damaged.page.getByRole('alert').filter({ hasText: 'Settings could not be read' });
		await doubt.waitFor();
		await camera.shoot(damaged.page, 'dashboard-doubt-settings', { arrange: showing(damaged, 'feed') });
		await doubt.locator('summary').click();
		await camera.shoot(damaged.page, 'dashboard-doubt-settings-shown', { arrange: showing(damaged, 'feed') });

		const page = await stage.page();
		await page.routeWebSocket(/\/ws\/server$/, (socket) => {
			const server = socket.connectToServer();
			server.onMessage((data) => {
				const frame = JSON.parse(data);
				const at = (days) => new Date(Date.now() + days * DAY).toISOString();
				if (frame.type === 'result' && 'topics' in frame)
					frame.doubts = [{ code: 'clock', settings: [], seen: at(-2193), clock: at(0) }];
				socket.send(JSON.stringify(frame));
			});
		});
		await page.goto(stage.server.dashboardUrl);
		await page.getByRole('heading', { name: 'Is Belfry’s clock right?' }).waitFor();
		await camera.shoot(page, 'dashboard-doubt-clock', {
			arrange: showing(new Dashboard(page), 'feed'),
			tight: true,
			wide: true,
		});
	});

/** A card is made anew, after somebody joined with the old one. */
export const renewStates = (camera) =>
	apart(async (stage) => {
		await stage.server.verb('set_access', { access: 'list' });
		const dashboard = await stage.dashboard();
		const { page } = dashboard;
		await dashboard.settings('Access');
		await page.getByLabel('Name to add').fill('Bruno Costa');
		await dashboard.saves(() => page.getByRole('button', { name: 'Add', exact: true }).click());
		const code = page.getByRole('list', { name: 'New codes' }).locator('code');
		await code.waitFor();
		const wire = await stage.wire();
		const welcome = wire.heard('welcome');
		const hello = { name: 'Bruno Costa', user_id: 'bruno', token: 'a-token-of-bruno-costa' };
		wire.say({ action: 'hello', ...hello, code: await code.textContent() });
		await welcome;
		await page.getByRole('button', { name: 'New code for Bruno Costa' }).click();
		await dashboard.dialog.waitFor();
		await camera.shoot(page, 'dashboard-renew-card');
		await dashboard.saves(() => dashboard.confirm('Make a new code'));
		await camera.shoot(page, 'dashboard-renewed-card');
	});

/** A proxy that passes on no Host, or no WebSockets. */
async function front(server, lacks) {
	const { hostname, port, host } = new URL(server.url);
	const told = (headers) => (lacks === 'host' ? { ...headers, host } : headers);
	const proxy = createServer((asked, answer) => {
		const { method, url: path, headers } = asked;
		const passed = request(
			{ hostname, port, method, path, headers: told({ ...headers, connection: 'close' }) },
			(from) => {
				answer.writeHead(from.statusCode, from.headers);
				from.pipe(answer);
			},
		);
		asked.pipe(passed);
	});
	if (lacks !== 'sockets')
		proxy.on('upgrade', (asked, near) => {
			const far = connect(Number(port), hostname);
			const lines = Object.entries(told(asked.headers)).map(([name, value]) => `${name}: ${value}`);
			far.write(`GET ${asked.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
			near.pipe(far).pipe(near);
		});
	await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
	return { url: `http://127.0.0.1:${proxy.address().port}/`, close: () => proxy.close() };
}

export const proxyStates = (camera) =>
	apart(async (stage) => {
		for (const lacks of ['host', 'sockets']) {
			const proxy = await front(stage.server, lacks);
			const phone = new Phone(await stage.page({ size: PHONE, touch: true }));
			await phone.page.goto(proxy.url);
			await phone.name.fill('Ana Lima');
			await phone.enter.click();
			await phone.page
				.getByText(/A proxy in front of Belfry|blocks WebSockets/)
				.first()
				.waitFor();
			await camera.shoot(phone.page, `client-proxy-${lacks}`, { tight: true });
			const page = await stage.page();
			await page.goto(`${proxy.url}server#token=${KEY}`);
			await page.getByRole('heading', { name: 'No connection to Belfry' }).waitFor();
			await camera.shoot(page, `dashboard-proxy-${lacks}`);
			proxy.close();
		}
	});
