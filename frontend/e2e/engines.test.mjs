// Where a message goes, and what a reload brings back, in the three engines that people have.
import assert from 'node:assert/strict';
import { acknowledge, inEveryEngine } from './engines/stage.mjs';

const ALARM = { message: 'Leave by the north stairs.', title: 'Fire alarm', priority: 5, ack: 'Understood' };

const audience = (page) => page.run(() => document.querySelector('#readers').innerText);
const draft = (page) => page.run(() => document.querySelector('#message').value);
const said = (page) => page.run(() => document.querySelector('select').selectedOptions[0].text);

inEveryEngine({
	'Enter in the search for a reader chooses, and sends nothing': async (scene) => {
		await scene.person('Ana Lima');
		const page = await scene.dashboard();
		await page.fill('field', 'Message', 'Your test result is back.', { exact: true });
		await page.click('#composer .opener');
		await page.fill('field', 'Find a person or topic', 'ana', { anywhere: true });
		await page.find('option', 'Ana Lima', { anywhere: true });
		await page.press('Enter');
		await page.until('Ana alone', async () => (await audience(page)).includes('Ana Lima'));
		assert.equal(await draft(page), 'Your test result is back.');
		assert.deepEqual(await scene.log(), []);
	},

	'what was acknowledged stays so after a reload': async (scene) => {
		const phone = await scene.phone('Ana Lima');
		const { seq } = await scene.server.verb('broadcast', ALARM);
		await phone.find('dialog', 'Fire alarm');
		await acknowledge(scene, phone, seq);
		await phone.reload();
		await phone.sees('You pressed');
		assert.equal(await phone.has('dialog'), false);
	},

	'a place shows what goes to everyone, and has its audience; a reply is one message': async (scene) => {
		const phone = await scene.phone('Ana Lima');
		const ben = await scene.person('Ben Okafor');
		await phone.click('button.switcher');
		await phone.click('button', 'General');
		await scene.server.verb('broadcast', { message: 'Lunch at noon.' });
		await phone.sees('Lunch at noon.');
		assert.equal(await said(phone), 'Everyone in General sees this');

		await phone.click('button.switcher');
		await phone.click('button', 'All messages');
		await phone.until('the operator', async () => (await said(phone)) === 'Only the operator sees this');
		ben.notify('Who has the key?', { topic: 'general' });
		await phone.sees('Who has the key?');
		await phone.click('button', 'Reply', { nth: -1 });
		await phone.until('General, once', async () => (await said(phone)) === 'Everyone in General sees this reply');
		await phone.fill('field', 'Message', 'I have it.', { exact: true });
		await phone.click('button', 'Send to');
		await phone.until('the operator again', async () => (await said(phone)) === 'Only the operator sees this');
		const logged = async () => (await scene.log()).find(({ message }) => message === 'I have it.');
		const sent = await phone.until('sent', logged);
		assert.deepEqual([sent.audience, sent.topic], ['topic', 'general']);
	},

	'after a private answer the dashboard writes to everyone again, and a reload knows whom it writes to': async (
		scene,
	) => {
		const ana = await scene.person('Ana Lima');
		const page = await scene.dashboard();
		ana.notify('May I go home?');
		await page.sees('May I go home?');
		await page.hover('#messages article');
		await page.click('button', 'Reply');
		await page.until('Ana alone', async () => (await audience(page)).includes('Ana Lima'));
		await page.fill('field', 'Message', 'Yes.', { exact: true });
		await page.reload();
		await page.until('still Ana', async () => (await audience(page)).includes('Ana Lima'));
		assert.equal(await draft(page), 'Yes.');
		await page.click('#send');
		await page.until('sent to Ana', async () => (await scene.log()).some(({ message }) => message === 'Yes.'));
		const sent = (await scene.log()).find(({ message }) => message === 'Yes.');
		assert.deepEqual([sent.audience, sent.user_id], ['private', 'ana-lima']);
		await page.until('everyone', async () => /everyone/i.test(await audience(page)));
	},

	'the number on Send is that of the receipts, who is away is counted': async (scene) => {
		for (const name of ['Ana Lima', 'Ben Okafor', 'Cleo Sato']) await scene.person(name);
		(await scene.person('Dan Berg')).close();
		const page = await scene.dashboard();
		await page.until('Send to 4', async () =>
			/Send to 4/.test(await page.run(() => document.querySelector('#send').innerText)),
		);
		await page.sees('1 away');
		await page.fill('field', 'Message', 'All clear.', { exact: true });
		await page.press('Control+Enter');
		const { seq } = await page.until('sent', async () => (await scene.log())[0]);
		const { receipts } = await scene.server.verb('receipts', { seqs: [seq] });
		assert.equal(receipts[0].sent, 4);
	},

	'what goes to many can be undone, and what is urgent needs a second press': async (scene) => {
		await scene.person('Ana Lima');
		await scene.person('Ben Okafor');
		await scene.server.verb('set_settings', { undo_seconds: 30 });
		const page = await scene.dashboard();
		await page.fill('field', 'Message', 'Not meant for all.', { exact: true });
		await page.press('Control+Enter');
		await page.click('button', 'Undo');
		await page.until('the text is back', async () => (await draft(page)) === 'Not meant for all.');
		await page.click('radio', 'Urgent', { hidden: true });
		await page.click('#send');
		await page.find('button', 'Press again');
		assert.deepEqual(await scene.log(), []);
		await page.click('button', 'Press again');
		await page.until('sent', async () => (await scene.log()).length === 1);
	},
});
