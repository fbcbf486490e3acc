// The dashboard before the room: signing in, and the states of the desktop window, which is simulated.
const STATE = {
	name: '',
	access: 'open',
	version: '',
	trouble: null,
	started: '2026-11-22T06:00:00Z',
	epoch: '',
	seq: 0,
	kept: 0,
	clients: 0,
	subscribers: 0,
	address: { url: '', host: '', port: '', kind: 'other', interface: '', default: false },
	qr: { size: 0, path: '' },
	addresses: [],
	data: '',
	topics: [],
};

const PROBLEMS = {
	'port-taken': {
		code: 'port_taken',
		message: 'Another program is using port 8000.',
		hint: 'Close that program, or choose another port: -addr :8001.',
		port: 8000,
	},
	folder: {
		code: 'folder',
		message: 'Belfry cannot write to its folder /home/ana/.local/share/belfry.',
		hint: 'Make it writable, or choose another folder with -data.',
		port: 8000,
	},
	'newer-log': {
		code: 'newer_log',
		message: 'This log was written by a newer version of Belfry.',
		hint: 'Install that version, or choose another folder with -data. The log was not changed.',
		port: 8000,
	},
};

export async function startStates(camera, stage) {
	const page = await stage.page();
	await page.goto(new URL('/server', stage.server.url).href);
	await page.getByLabel('Operator’s key').waitFor();
	await camera.shoot(page, 'dashboard-sign-in');
	await page.getByLabel('Operator’s key').fill('brass-and-bells');
	await page.keyboard.press('Enter');
	await page.getByText('That is not the key.').waitFor();
	await camera.shoot(page, 'dashboard-wrong-key');
	await page.context().close();
	for (const [name, problem] of Object.entries(PROBLEMS)) await played(camera, stage, name, problem);
}

async function played(camera, stage, name, problem) {
	const page = await stage.page();
	await page.addInitScript(
		([state]) => {
			const verbs = new Proxy({}, { get: (_, verb) => async () => (verb === 'State' ? state : null) });
			window.go = { main: { App: verbs } };
			window.runtime = { EventsOnMultiple: () => () => {} };
		},
		[{ ...STATE, problem }],
	);
	await page.goto(new URL('/server', stage.server.url).href);
	await page.getByRole('heading', { name: problem.message.replace(/\.$/, '') }).waitFor();
	await camera.shoot(page, `dashboard-${name}`);
	await page.context().close();
}
