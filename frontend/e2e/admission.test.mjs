import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

async function choose(dashboard, way) {
	await dashboard.settings('Access');
	await dashboard.saves(() => dashboard.page.getByRole('radio', { name: way }).check());
}

/** A client that sends a hello, and the first answer. */
async function knock(name, more = {}) {
	const wire = await stage.wire();
	const answer = wire.heard('welcome', 'waiting', 'error');
	const user_id = `id-${name.replace(/\W/g, '')}`;
	wire.say({ action: 'hello', name, user_id, token: `a-token-of-${user_id}`, ...more });
	return { wire, answer: await answer };
}

test('by code: the digits on the join card let in; changed, the old ones do not and the QR code still does', async () => {
	const dashboard = await stage.dashboard();
	await choose(dashboard, 'Join code');
	await dashboard.turn('Room');
	const digits = async () => (await dashboard.page.locator('.code .sr').first().textContent()).replaceAll(' ', '');
	const old = await digits();
	assert.match(old, /^\d{6}$/);
	await dashboard.page.getByRole('button', { name: 'Enlarge' }).click();
	await dashboard.dialog.getByText(`${old.slice(0, 3)} ${old.slice(3)}`).waitFor();
	await dashboard.page.keyboard.press('Escape');
	assert.equal((await knock('Ana')).answer.code, 'code_needed');
	assert.equal((await knock('Ana', { code: old })).answer.type, 'welcome');
	await dashboard.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await dashboard.page.getByRole('button', { name: 'Copy' }).click();
	const copied = new URL(await dashboard.page.evaluate(() => navigator.clipboard.readText()));
	const secret = new URLSearchParams(copied.hash.slice(1)).get('code');
	await dashboard.settings('Access');
	await dashboard.page.getByText('First joined with the code').waitFor();
	await dashboard.page.getByRole('button', { name: 'New digits' }).click();
	await dashboard.saves(() => dashboard.confirm('Make a new code'));
	await dashboard.page.waitForFunction(
		(was) => document.querySelector('.code .sr').textContent.replaceAll(' ', '') !== was,
		old,
	);
	assert.equal((await knock('Bo', { code: old })).answer.code, 'code_wrong');
	assert.equal((await knock('Bo', { code: secret })).answer.type, 'welcome');
	await dashboard.page.getByRole('button', { name: 'New QR code' }).click();
	await dashboard.saves(() => dashboard.confirm('Make a new QR code'));
	assert.equal((await knock('Cy', { code: secret })).answer.code, 'code_wrong');
	assert.equal((await knock('Cy', { code: await digits() })).answer.type, 'welcome');
	await dashboard.page.getByText('Access: Open to Join code').waitFor();
	await dashboard.page.getByRole('button', { name: 'New digits' }).click();
	await dashboard.dialog
		.getByRole('switch', { name: /^Ask everyone again: (\d people have|1 person has) joined so far$/ })
		.click();
	await dashboard.saves(() => dashboard.confirm('Make a new code'));
	await dashboard.page.getByText('Nobody.', { exact: true }).waitFor();
});

test('by approval: who waits is brass on every page, is let in or refused with a reason, one or all', async () => {
	const dashboard = await stage.dashboard();
	const other = await stage.dashboard();
	await choose(dashboard, 'Approval');
	const tomasz = await knock('Tomasz Wrona');
	assert.equal(tomasz.answer.type, 'waiting');
	await dashboard.page.getByRole('button', { name: /people waiting to join: 1/ }).waitFor();
	await dashboard.page.getByRole('button', { name: 'Let in or refuse' }).click();
	const lobby = dashboard.page.getByRole('region', { name: 'Tomasz Wrona is waiting to join' });
	const welcome = tomasz.wire.heard('welcome');
	await lobby.getByRole('button', { name: 'Let in' }).click();
	await welcome;
	await lobby.waitFor({ state: 'detached' });
	await dashboard.person('Tomasz Wrona').waitFor();

	const ines = await knock('Ines Duarte');
	const [said, ended] = [ines.wire.heard('error'), ines.wire.ended()];
	await dashboard.page.getByRole('button', { name: 'Refuse' }).click();
	await dashboard.dialog.getByLabel('What they will read').fill('The shift is full.');
	await dashboard.confirm('Refuse');
	assert.match((await said).message, /shift is full/);
	assert.equal(await ended, 4003);

	const three = await Promise.all(['Priya', 'Jonas', 'Leila'].map((name) => knock(name)));
	await dashboard.page.getByRole('heading', { name: '3 are waiting to join' }).waitFor();
	await other.page.getByRole('heading', { name: '3 are waiting to join' }).waitFor();
	const [priya] = three;
	const welcomes = three.map(({ wire }) => wire.heard('welcome'));
	await dashboard.page.getByRole('button', { name: 'Let in Priya' }).click();
	await welcomes[0];
	await other.page.getByRole('heading', { name: '2 are waiting to join' }).waitFor();
	await other.page.getByRole('button', { name: 'Let all 2 in' }).click();
	await Promise.all(welcomes);
	await dashboard.page.getByRole('heading', { name: /waiting to join/ }).waitFor({ state: 'detached' });
	assert.ok(priya);
});

test('by list: a name has a code of its own, shown once, printed as a card, renewed and removed', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await choose(dashboard, 'List');
	await page.getByLabel('Name to add').fill('Ana Lima');
	await dashboard.saves(() => page.getByRole('button', { name: 'Add', exact: true }).click());
	const codes = page.getByRole('list', { name: 'New codes' }).getByRole('listitem');
	const ana = await codes.locator('code').textContent();
	assert.equal((await knock('Ana Lima')).answer.code, 'code_needed');
	assert.equal((await knock('Ana Lima', { code: ana })).answer.type, 'welcome');
	await dashboard.import('names.csv', 'name,shift\nBruno Costa,early\nAna Lima,late\n');
	await codes.nth(1).waitFor();
	await page.getByText('1 row was skipped.').waitFor();
	await page.getByRole('button', { name: 'Print cards' }).click();
	const cards = dashboard.dialog.getByRole('list', { name: 'Cards' }).locator('> li');
	await cards.nth(1).waitFor();
	await cards.nth(1).getByRole('img', { name: 'QR code of Bruno Costa' }).waitFor();
	await page.emulateMedia({ media: 'print' });
	assert.ok(await cards.first().isVisible());
	assert.equal(await page.locator('.app').isVisible(), false);
	assert.equal(await dashboard.dialog.getByRole('button', { name: 'Print' }).isVisible(), false);
	await page.emulateMedia({ media: 'screen' });
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Done' }).click();
	assert.equal(await page.getByText(ana).count(), 0);
	await dashboard.saves(() => page.getByRole('button', { name: 'New code for Bruno Costa' }).click());
	await codes.first().waitFor();
	await page.getByRole('button', { name: 'Remove Bruno Costa' }).click();
	await dashboard.saves(() => dashboard.confirm('Remove'));
	await codes.first().waitFor({ state: 'detached' });
	await page.getByText('1 name on the list').waitFor();
});

test('a file that is no table of names says why, and nothing that was made is lost', async () => {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await choose(dashboard, 'List');
	const take = (name, bytes) =>
		page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(bytes) });
	const codes = page.getByRole('list', { name: 'New codes' }).getByRole('listitem');
	await dashboard.import('windows.csv', Buffer.from('Vorname;name\r\nx;J\xfcrgen M\xfcller\r\n', 'latin1'));
	await codes.getByText('Jürgen Müller').waitFor();
	for (const [bytes, why] of [
		['', 'There is nothing in that file.'],
		['name\n', 'There is no name in that file.'],
		['PK\x03\x04', 'Save it as CSV or as plain text first.'],
		['x'.repeat(1 << 20), 'Import it in parts.'],
	]) {
		await take('not.csv', bytes);
		await page.getByRole('alert').getByText(why).waitFor();
		assert.equal(await codes.count(), 1);
	}
	await dashboard.import('some.csv', `name\n${'y'.repeat(200)}\nOperator\nAna\n`);
	await page.getByText('2 rows were skipped.').waitFor();
	await codes.nth(1).getByText('Ana').waitFor();
	await page.getByText('2 names on the list').waitFor();
	await dashboard.import('more.csv', Array.from({ length: 300 }, (_, i) => `Worker number ${i}`).join('\n'));
	await page.getByText('302 names on the list').waitFor();
	const listed = page.getByRole('group', { name: 'Names on the list' }).getByRole('listitem');
	await page.getByLabel('Find a name on the list').fill('NUMBER 299');
	await listed.getByText('Worker number 299').waitFor();
	await eventually(async () => assert.equal(await listed.count(), 1));
	await page.getByLabel('Find a name on the list').fill('nobody like this');
	await page.getByText('Nobody on the list matches').waitFor();
});
