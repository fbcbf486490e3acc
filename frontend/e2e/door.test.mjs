import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

const stage = useStage('-name', 'Hall 2, early shift');

/** Counts the tones and the vibrations of a page from its start. */
async function listen(phone) {
	await phone.page.addInitScript(() => {
		window.rang = { tones: 0, shakes: 0 };
		const tone = AudioContext.prototype.createOscillator;
		AudioContext.prototype.createOscillator = function () {
			window.rang.tones++;
			return tone.call(this);
		};
		navigator.vibrate = () => ++window.rang.shakes > 0;
	});
	await phone.page.reload();
	return () => phone.page.evaluate(() => window.rang);
}

const alarm = { title: 'Leave bay 3 now', priority: 5, ack: 'Understood' };

test('the door says whose room it is and who runs it, and how many are here where everyone may know', async () => {
	await stage.server.verb('set_settings', { operator_name: 'Sofia Berg' });
	await stage.wire({ name: 'Bo', user_id: 'bo' });
	const phone = await stage.phone();
	const { page } = phone;
	await page.getByRole('heading', { name: 'Hall 2, early shift' }).waitFor();
	await page.getByText('Run by Sofia Berg').waitFor();
	await page.getByText('1 person is here').waitFor();
	assert.deepEqual(await page.getByRole('button').allInnerTexts(), ['Join']);

	await stage.server.verb('set_access', { access: 'approval' });
	await page.reload();
	await page.getByText('Run by Sofia Berg').waitFor();
	assert.equal(await page.getByText(/here$/).count(), 0);
});

test('the press on Join lets urgent messages ring; others are silent until somebody wants them', async () => {
	const phone = await stage.phone();
	const rang = await listen(phone);
	assert.ok(await phone.page.getByRole('switch', { name: 'Sound for urgent messages' }).isChecked());
	await phone.comeIn('Ana Lima');

	await stage.server.verb('broadcast', { message: 'Lunch at noon.' });
	await phone.row('Lunch at noon.').waitFor();
	assert.deepEqual(await rang(), { tones: 0, shakes: 0 });
	await stage.server.verb('broadcast', { message: 'Gas alarm.', ...alarm });
	await eventually(async () => assert.deepEqual(await rang(), { tones: 3, shakes: 1 }));
});

test('all messages ring for those who choose so', async () => {
	const phone = await stage.phone();
	const rang = await listen(phone);
	await phone.comeIn('Ana Lima');
	await phone.settings.click();
	await phone.page.getByRole('group', { name: 'Sound' }).getByRole('radio', { name: 'All messages' }).check();
	await eventually(async () => assert.deepEqual(await rang(), { tones: 1, shakes: 0 }, 'a sample'));
	await stage.server.verb('broadcast', { message: 'Coffee is ready.' });
	await eventually(async () => assert.deepEqual(await rang(), { tones: 2, shakes: 0 }));
});

test('where sound was switched off at the door an alarm is silent too', async () => {
	const phone = await stage.phone();
	const rang = await listen(phone);
	await phone.page.getByRole('switch', { name: 'Sound for urgent messages' }).uncheck();
	await phone.comeIn('Ana Lima');
	await stage.server.verb('broadcast', { message: 'Gas alarm.', ...alarm });
	await phone.page.getByRole('alertdialog').waitFor();
	assert.deepEqual(await rang(), { tones: 0, shakes: 0 });
});

test('a page that is loaded again says that it cannot ring before it was touched', async () => {
	const phone = await stage.phone('Ana Lima');
	const silent = phone.page.getByText('Sound is blocked.');
	assert.equal(await silent.count(), 0);
	await phone.page.reload();
	await silent.waitFor();
	await phone.text.click();
	await silent.waitFor({ state: 'detached' });
});

test('of a taken name the free one like it is offered, until another one is typed', async () => {
	await stage.wire({ name: 'Ana Lima', user_id: 'ana' });
	const phone = await stage.phone();
	await phone.name.fill('Ana Lima');
	await phone.enter.click();
	const offer = phone.page.getByRole('button', { name: 'Join as Ana Lima 2' });
	await offer.waitFor();
	await phone.name.fill('Ana Maria');
	await offer.waitFor({ state: 'detached' });
	await phone.enter.click();
	await phone.live();
});

test('whoever is on a blocked network reads so at the door, and finds nothing to press', async () => {
	const phone = await stage.phone();
	stage.expectOutage(); // the refused handshake
	await phone.name.fill('Ana Lima');
	await stage.server.verb('block', { address: '127.0.0.1', reason: 'Please speak to me at the desk.' });
	await phone.enter.click();
	await phone.page.getByRole('heading', { name: 'You have been blocked' }).waitFor();
	await phone.page.getByText('Please speak to me at the desk.').waitFor();
	assert.equal(await phone.page.getByRole('button').count(), 0);
});

test('whoever is in is told once that a locked phone is not woken', async () => {
	const phone = await stage.phone('Ana Lima');
	const told = phone.page.getByRole('region', { name: 'Keep this page open: a locked phone is not woken.' });
	await told.waitFor();
	await told.getByRole('button', { name: 'Close' }).click();
	await told.waitFor({ state: 'detached' });
	await phone.page.reload();
	await phone.live();
	assert.equal(await told.count(), 0);
});
