// The dashboard before the room: signing in, the first steps, and the states of the desktop window, which is simulated.
import { Dashboard } from '../dashboard.mjs';
import { Stage } from '../stage.mjs';
import { showing } from './camera.mjs';

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

/** The steps of a new room, on a server of its own: one whose room has a name has none. */
export async function firstSteps(camera) {
	const stage = new Stage();
	await stage.open();
	await stage.begin();
	const page = await stage.page({ fresh: true });
	await page.goto(stage.server.dashboardUrl);
	const feed = { arrange: showing(new Dashboard(page), 'feed') };
	const steps = page.getByRole('region', { name: 'Set up your room' });
	await page.getByLabel('Room name').waitFor();
	await camera.shoot(page, 'dashboard-steps-name', feed);
	await page.getByLabel('Room name').fill('Hall 2, early shift');
	await page.getByLabel('Your name').fill('Marta Silva');
	await page.keyboard.press('Enter');
	await steps.getByRole('heading', { name: 'Next: Choose who can join' }).waitFor();
	await camera.shoot(page, 'dashboard-steps-access', feed);
	await page.getByRole('button', { name: 'Continue' }).click();
	await steps.getByRole('heading', { name: 'Next: Try it with your own phone' }).waitFor();
	await camera.shoot(page, 'dashboard-steps-phone', feed);
	await stage.end();
	await stage.close();
}

async function played(camera, stage, name, problem) {
	const page = await stage.page();
	await page.addInitScript(
		([state]) => {
			const verbs = new Proxy({}, { get: (_, verb) => async () => (verb === 'State' ? state : null) });
			window.go = { main: { App: verbs } };
			window.runtime = new Proxy({}, { get: () => () => () => {} });
		},
		[{ ...STATE, problem }],
	);
	await page.goto(new URL('/server', stage.server.url).href);
	await page.getByRole('heading', { name: problem.message.replace(/\.$/, '') }).waitFor();
	await camera.shoot(page, `dashboard-${name}`);
	await page.context().close();
}
