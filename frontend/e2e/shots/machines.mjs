// A room of three machines: all there, one missing, a page that has moved, and a machine that is cut off.
import { TALK } from '../cast.mjs';
import { Dashboard } from '../dashboard.mjs';
import { Machines } from '../machines.mjs';
import { Phone } from '../phone.mjs';
import { LAPTOP, PHONE } from '../stage.mjs';
import { showing } from './camera.mjs';

async function phoneAt(stage, machine, name) {
	const phone = new Phone(await stage.page({ size: PHONE, touch: true }));
	await phone.page.goto(machine.client);
	await phone.comeIn(name);
	return phone;
}

async function dashboardAt(stage, machine) {
	const dashboard = new Dashboard(await stage.page({ size: LAPTOP }));
	await dashboard.page.goto(machine.dashboard);
	await dashboard.live();
	return dashboard;
}

async function shootAbout(camera, dashboard, name) {
	await dashboard.settings('About');
	const list = dashboard.page.getByRole('list', { name: 'Machines' });
	await camera.shoot(dashboard.page, name, { arrange: () => list.scrollIntoViewIfNeeded() });
	await dashboard.turn('Room');
}

export async function machineStates(camera, stage) {
	const machines = new Machines();
	try {
		await machines.start();
		const [hall, office, last] = machines.all;
		const dashboard = await dashboardAt(stage, office);
		const ana = await phoneAt(stage, hall, 'Ana Lima');
		for (const [, , text] of TALK.slice(0, 3)) await dashboard.say(text);
		await ana.write('Is the hall open until nine?', 'general');
		await ana.sent('Is the hall open until nine?').waitFor();
		await shootAbout(camera, dashboard, 'machines-about');

		await ana.text.fill('and where do we park?');
		await machines.end(hall, 'SIGTERM');
		await ana.page.getByText('You are on another machine of this room.').waitFor();
		await camera.shoot(ana.page, 'machines-client-moved', { tight: true });
		await dashboard.page.getByRole('heading', { name: /hall: (not there|does not answer)/ }).waitFor();
		await camera.shoot(dashboard.page, 'machines-missing', { arrange: showing(dashboard, 'feed') });
		await shootAbout(camera, dashboard, 'machines-about-missing');

		const ben = await phoneAt(stage, office, 'Ben Okafor');
		await machines.end(last);
		await dashboard.page.getByRole('heading', { name: 'This machine is cut off from the others' }).waitFor();
		await ben.state('Cut off').waitFor();
		await ben.write('Can anybody read this?', 'general');
		await camera.shoot(dashboard.page, 'machines-cut-off', { arrange: showing(dashboard, 'feed') });
		await camera.shoot(ben.page, 'machines-client-cut-off', { tight: true });
	} finally {
		await machines.stop();
	}
}
