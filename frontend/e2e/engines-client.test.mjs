// The day of somebody with a phone, in the three engines that people have.
import assert from 'node:assert/strict';
import { inEveryEngine } from './engines/stage.mjs';

// The page waits longer before each new try, and Firefox adds a wait of its own.
const RETURN = 45_000;

const write = async (phone, text) => {
	await phone.fill('field', 'Message', text, { exact: true });
	await phone.click('button', 'Send to');
};
const root = (phone) => phone.run(() => ({ ...document.documentElement.dataset }));
const isChosen = async (phone, name) =>
	phone.runOn(await phone.find('radio', name, { exact: true, hidden: true }), (e) => e.checked);

inEveryEngine({
	'come in, write, be told, confirm and answer': async (scene) => {
		const phone = await scene.visitor();
		await phone.press('Enter');
		await phone.click('button', 'Join', { exact: true });
		await phone.find('input[aria-invalid=true]');
		await phone.fill('field', 'Your name', 'Ana Lima');
		await phone.press('Enter');
		await phone.sees('Live');
		await write(phone, 'Where is the key? Größe 日本');
		await phone.sees('Sent');
		const { seq } = await scene.server.verb('broadcast', { message: 'The lift is out of order.', ack: 'I know' });
		await phone.click('button', 'I know: answer to');
		await phone.sees('You pressed “I know”');
		const { receipts } = await scene.server.verb('receipts', { seqs: [seq] });
		assert.deepEqual([receipts[0].received, receipts[0].acked], [1, 1]);
		await phone.click('button', 'Reply', { nth: -1 });
		await write(phone, 'I take the stairs.');
		const logged = async (text) => (await scene.log()).find(({ message }) => message === text);
		const answer = await phone.until('the answer', () => logged('I take the stairs.'));
		assert.deepEqual([answer.reply_to, answer.audience, answer.from.name], [seq, 'private', 'Ana Lima']);
		assert.ok(await logged('Where is the key? Größe 日本'));
		// It was touched: either it can ring now, or it says that it never will.
		await phone.gone('Sound is blocked.');
	},

	'a line that is cut: what was written meanwhile goes out once, what was missed is there': async (scene) => {
		const line = await scene.line();
		const phone = await scene.phone('Ana Lima', undefined, line.url);
		line.down();
		await phone.sees('Offline');
		await write(phone, 'Written in the dark.');
		await phone.sees('Not sent yet');
		await scene.server.verb('broadcast', { message: 'While you were away.' });
		line.up();
		await phone.sees('Live', RETURN);
		await phone.gone('Not sent yet');
		await phone.sees('While you were away.');
		await phone.reload();
		await phone.sees('Written in the dark.');
		const sent = (await scene.log()).filter(({ message }) => message === 'Written in the dark.');
		assert.equal(sent.length, 1);
	},

	'a server that is killed: what was pressed meanwhile counts, and what was begun stays': async (scene) => {
		const phone = await scene.phone('Ana Lima');
		const { seq } = await scene.server.verb('broadcast', { message: 'Close the windows.', ack: 'Done' });
		await phone.find('button', 'Done: answer to');
		scene.expectOutage();
		await scene.server.kill();
		await phone.sees('Offline');
		await phone.fill('field', 'Message', 'Half a sent', { exact: true });
		await phone.click('button', 'Done: answer to');
		await phone.sees('“Done” will be sent when you are back');
		await scene.server.start();
		await phone.sees('You pressed “Done”', RETURN);
		assert.equal(await phone.run(() => document.querySelector('textarea').value), 'Half a sent');
		const { receipts } = await scene.server.verb('receipts', { seqs: [seq] });
		assert.equal(receipts[0].acked, 1);
	},

	'settings hold after a reload, and whoever leaves is forgotten': async (scene) => {
		const phone = await scene.phone('Ana Lima');
		await phone.click('button', 'Settings');
		const vibrates = await phone.run(() => typeof navigator.vibrate === 'function');
		await phone.sees(vibrates ? 'Vibration' : 'This browser cannot vibrate.');
		await phone.click('button', 'Change name');
		await phone.fill('field', 'Your name', 'Ana B. Lima');
		await phone.click('button', 'Save');
		await phone.until('the new name', async () =>
			(await scene.server.verb('clients')).clients.some(({ name }) => name === 'Ana B. Lima'),
		);
		for (const name of ['Dark', 'Largest', 'All messages'])
			await phone.click('radio', name, { exact: true, hidden: true });
		assert.deepEqual(await root(phone), { theme: 'dark', text: 'largest' });
		await phone.reload();
		await phone.sees('Live');
		assert.deepEqual(await root(phone), { theme: 'dark', text: 'largest' });
		await phone.click('button', 'Settings');
		await phone.sees('Ana B. Lima');
		assert.equal(await isChosen(phone, 'Largest'), true);
		assert.equal(await phone.run(() => document.documentElement.scrollWidth <= innerWidth), true);
		await phone.click('button', 'Leave', { exact: true });
		await phone.click('button', 'Leave the room');
		const field = await phone.find('field', 'Your name');
		assert.equal(await phone.runOn(field, (e) => e.value), '');
		await phone.until('gone', async () => (await scene.server.verb('clients')).clients.length === 0);
	},
});
