// What must be seen, in the three engines that people have.
import assert from 'node:assert/strict';
import { inEveryEngine } from './engines/stage.mjs';

const SIDEWAYS = { width: 844, height: 390 };
const LONG = 'Leave the building by the north stairs and wait on the car park until your name is called. '.repeat(20);

inEveryEngine({
	'a knock is seen on every page, and when the list of people is not': async (scene) => {
		await scene.server.verb('set_access', { access: 'approval' });
		const page = await scene.dashboard();
		await page.click('tab', 'Topics');
		await scene.person('Tomasz Nowak');
		await page.sees('Tomasz Nowak');
		for (const name of ['Settings', 'Search', 'Announcements', 'Room']) {
			await page.click('nav[aria-label=Pages] button', name);
			await page.sees('Tomasz Nowak');
		}
		// On the room's page the list says it, and the strip goes once the list is in sight.
		await page.until('the strip gone', async () => !(await page.has('button', 'Let in Tomasz Nowak')));
		await page.click('button', 'Let in', { exact: true });
		await page.until('let in', async () => (await scene.server.verb('clients')).clients.length === 1);
	},

	'a private call is seen on every page, with an answer in its place': async (scene) => {
		const samir = await scene.person('Samir Aziz');
		const page = await scene.dashboard();
		await page.click('nav[aria-label=Pages] button', 'Settings');
		samir.notify('I need help at bay 3.');
		await page.sees('I need help at bay 3.');
		await page.until('the title says it', async () => (await page.title()).includes('1'));
		await page.click('button', 'Answer');
		await page.fill('.strip textarea', undefined, 'I am on my way.');
		await page.press('Control+Enter');
		await page.until('answered', async () => {
			const answer = (await scene.log()).find(({ message }) => message === 'I am on my way.');
			return answer?.user_id === 'samir-aziz' && answer.audience === 'private';
		});
	},

	'the door offers sound for urgent messages, on': async (scene) => {
		const page = await scene.visitor();
		const name = 'Sound for urgent messages';
		const field = await page.find('input[type=checkbox]', name, { hidden: true });
		assert.equal(await page.runOn(field, (e) => e.checked), true);
	},

	'a new topic is offered to everybody, and the new name of the room reaches everybody': async (scene) => {
		const phone = await scene.phone('Ana Lima');
		await scene.server.verb('create_topic', { topic: 'group-a', title: 'Group A' });
		await phone.sees('New topic: Group A');
		await phone.click('button', 'Join');
		await phone.until('a member', async () =>
			(await scene.server.verb('clients')).clients[0].topics.includes('group-a'),
		);
		await scene.server.verb('set_name', { name: 'Hall 3, late shift' });
		await phone.sees('Hall 3, late shift');
	},

	'an announcement that nobody waits for any more is closed, and can be reopened': async (scene) => {
		await scene.person('Ana Lima');
		const page = await scene.dashboard();
		const { seq } = await scene.server.verb('broadcast', { message: 'Press, please.', ack: 'Understood' });
		await page.click('nav[aria-label=Pages] button', 'Announcements');
		await page.sees('Press, please.');
		const counted = () => page.has('nav[aria-label=Pages] .count');
		await page.until('one is open', counted);
		await scene.server.verb('close_announcement', { seq });
		await page.click('button.told', 'Press, please.');
		await page.find('button', 'Reopen');
		await page.until('none is open', async () => !(await counted()));
	},

	'the button of an urgent page is in sight on a phone that is held sideways': async (scene) => {
		const phone = await scene.phone('Ana Lima', SIDEWAYS);
		await scene.server.verb('broadcast', { message: LONG, title: 'Fire alarm', priority: 5, ack: 'Understood' });
		const button = await phone.find('button', 'Understood');
		const inSight = await phone.runOn(button, (e) => {
			const { top, bottom, left, right } = e.getBoundingClientRect();
			return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
		});
		assert.equal(inSight, true);
	},
});
