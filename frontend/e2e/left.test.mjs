// What is answered only when its page or its dialog has been left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dashboard } from './dashboard.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

/** A dashboard that gets no answers to a verb while it is held. release() lets them through. */
async function holding(verb) {
	const page = await stage.page();
	const asked = new Set();
	const kept = [];
	let held = false;
	await page.routeWebSocket(/\/ws\/server$/, (socket) => {
		const server = socket.connectToServer();
		socket.onMessage((text) => {
			const { action, id } = JSON.parse(text);
			if (held && action === verb) asked.add(id);
			server.send(text);
		});
		server.onMessage((text) => {
			if (asked.has(JSON.parse(text).id)) kept.push(() => socket.send(text));
			else socket.send(text);
		});
	});
	await page.goto(stage.server.dashboardUrl);
	const dashboard = new Dashboard(page);
	await dashboard.live();
	return {
		dashboard,
		page,
		hold: () => (held = true),
		answered: () => eventually(() => assert.notEqual(kept.length, 0)),
		release: () => {
			held = false;
			asked.clear();
			for (const pass of kept.splice(0)) pass();
		},
	};
}

test('an access mode that was chosen holds after its page was left, and nothing of that page goes on', async () => {
	const { dashboard, page, hold, answered, release } = await holding('state');
	await dashboard.settings('Access');
	hold();
	await page.getByRole('radio', { name: 'Join code' }).check();
	await answered();
	await dashboard.turn('Room');
	await page.getByRole('heading', { name: /No one has joined yet/ }).waitFor();
	release();
	await page.getByText(/^\d{3} \d{3}$/).waitFor();
});

test('topics of a person are set in full after their dialog was closed, and of nobody else', async () => {
	for (const topic of ['one', 'two'])
		await stage.server.verb('create_topic', { topic, title: `Topic ${topic}`, kind: 'announce' });
	await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
	await stage.wire({ name: 'Ben Okafor', user_id: 'e2e-ben' });
	const { dashboard, page, hold, answered, release } = await holding('add_members');
	const { dialog } = dashboard;
	const open = async (name) => {
		const add = dashboard.person(name).getByRole('button', { name: 'Add to topic' });
		if (!(await add.isVisible())) await dashboard.person(name).getByRole('button').first().click();
		await add.click();
		await dialog.getByRole('heading', { name: `Topics of ${name}` }).waitFor();
	};
	await open('Ana Lima');
	for (const topic of ['Topic one', 'Topic two']) await dialog.getByRole('checkbox', { name: topic }).check();
	hold();
	await dialog.getByRole('button', { name: /^Add/ }).click();
	await answered();
	await page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
	await open('Ben Okafor');
	release();
	const topicsOf = async (id) => {
		const { clients } = await stage.server.verb('clients');
		return clients.find(({ user_id }) => user_id === id).topics.filter((topic) => /^(one|two)$/.test(topic));
	};
	await eventually(async () => assert.deepEqual((await topicsOf('e2e-ana')).sort(), ['one', 'two']));
	assert.deepEqual(await topicsOf('e2e-ben'), []);
	await dialog.getByRole('heading', { name: 'Topics of Ben Okafor' }).waitFor();
});
