import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { KEY } from './belfry.mjs';
import { eventually, useStage } from './stage.mjs';

// Finding in the log, and taking away what was found.
const stage = useStage('-client-rate', '0');

const CALC = '=HYPERLINK("http://example.org","Click")';
const TWO_LINES = 'First line,\nsecond "line"';

/** Some of everything, and the search page open. */
async function filled() {
	const [desk, ana] = [await stage.desk(), await stage.wire({ name: '@Ana', user_id: 'ana' })];
	await ana.post(CALC);
	await ana.post(TWO_LINES);
	await desk.say('Prosím, ne =1+1. Größe — 日本 🙂', { to: 'Everyone', title: '-Lunch' });
	await desk.row('Prosím').waitFor();
	await desk.turn('Search');
	return { desk, ana, field: desk.page.getByLabel('Search the log') };
}

const count = (desk, words) => desk.page.getByRole('status').getByText(words, { exact: true });
const found = (desk) => desk.page.getByRole('region', { name: 'Messages found' }).getByRole('listitem');

/** Presses a button that saves something, and gives the file's name and bytes. */
async function saved(desk, button) {
	const [download] = await Promise.all([
		desk.page.waitForEvent('download'),
		desk.page.getByRole('button', { name: button }).click(),
	]);
	await desk.page.getByText('Saved', { exact: true }).waitFor();
	return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

/** What the log itself says of its messages, newest first, through the door that programs use. */
async function messages() {
	const query = new URLSearchParams({ format: 'jsonl' });
	const answer = await fetch(new URL(`/export?${query}`, stage.server.url), {
		headers: { Authorization: `Bearer ${KEY}` },
	});
	return (await answer.text())
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line));
}

test('search finds as it is typed, marks the words, and new messages join', async () => {
	const { desk, ana, field } = await filled();
	await count(desk, '3 messages').waitFor();
	await field.pressSequentially('secon');
	await count(desk, '1 message').waitFor();
	assert.equal(await found(desk).locator('mark').innerText(), 'second');
	await field.fill('grosse');
	await count(desk, 'Nothing found').waitFor();
	await field.fill('größe日'.slice(0, 4));
	await count(desk, '1 message').waitFor();
	await field.fill('prosim'); // without its accent
	await count(desk, '1 message').waitFor();
	await field.fill('first "line');
	await count(desk, '1 message').waitFor();
	await field.fill('late');
	await count(desk, 'Nothing found').waitFor();
	await ana.post('A late one.');
	await count(desk, '1 message').waitFor();
	await field.fill('');
	await count(desk, '4 messages').waitFor();
	await desk.page.getByRole('radio', { name: 'Announcements' }).check();
	await count(desk, '1 message').waitFor();
	await desk.page.getByRole('radio', { name: 'In topics' }).check();
	await count(desk, '3 messages').waitFor();
	await found(desk).filter({ hasText: 'First line' }).getByRole('button').click();
	const context = desk.page.locator('#context');
	await context.locator('li.chosen', { hasText: 'First line' }).waitFor();
	await context.getByText('HYPERLINK').waitFor();
	await context.getByText('Prosím').waitFor();
});

test('CSV, byte for byte: formulas are made harmless', async () => {
	const { desk } = await filled();
	await count(desk, '3 messages').waitFor();
	const { name, text } = await saved(desk, 'Export all that is found');
	assert.match(name, /^belfry-\d{4}-\d\d-\d\d-\d{4}\.csv$/);
	const times = (await messages()).map(({ time }) => time);
	assert.equal(
		text,
		`\ufeff${[
			'seq,time,kind,topic,person,user_id,title,message,priority,reply_to',
			`3,${times[0]},announcement,,Operator,operator,'-Lunch,"Prosím, ne =1+1. Größe — 日本 🙂",3,`,
			`2,${times[1]},chat,general,'@Ana,ana,,"First line,\r\nsecond ""line""",,`,
			`1,${times[2]},chat,general,'@Ana,ana,,"'=HYPERLINK(""http://example.org"",""Click"")",,`,
		].join('\r\n')}\r\n`,
	);
});

test('JSON Lines, byte for byte: what travels, of what is found alone', async () => {
	const { desk, field } = await filled();
	await field.fill('line');
	await count(desk, '1 message').waitFor();
	await desk.page.getByRole('radio', { name: 'JSON Lines' }).check();
	const { name, text } = await saved(desk, 'Export this message');
	assert.match(name, /^belfry-\d{4}-\d\d-\d\d-\d{4}\.jsonl$/);
	const [{ time, id }] = (await messages()).filter(({ seq }) => seq === 2);
	assert.equal(
		text,
		`{"type":"message","seq":2,"id":"${id}","time":"${time}","audience":"topic","topic":"general",` +
			`"from":{"user_id":"ana","name":"@Ana"},"message":"First line,\\nsecond \\"line\\""}\n`,
	);
});

test('a report of an announcement, byte for byte', async () => {
	const desk = await stage.desk();
	const ana = await stage.wire({ name: '+Ana', user_id: 'ana' });
	await stage.wire({ name: 'Ben', user_id: 'ben' });
	await desk.say('At noon, "sharp".', { title: '=Lunch', asks: 'Understood' });
	await desk.open('=Lunch');
	ana.say({ action: 'ack', seq: 1 });
	await eventually(async () => assert.equal(await desk.gauge('Understood').locator('.n').textContent(), '1'));
	const { name, text } = await saved(desk, 'Save a report');
	assert.match(name, /^belfry-report-1-\d{4}-\d\d-\d\d-\d{4}\.csv$/);
	const [{ time }] = await messages();
	const acked = /true,([^,]+),/.exec(text)?.[1];
	assert.ok(Date.parse(acked) >= Date.parse(time), `acknowledged at ${acked}`);
	assert.equal(
		text,
		`\ufeff${[
			'announcement,1',
			`time,${time}`,
			'topic,',
			"title,'=Lunch",
			'message,"At noon, ""sharp""."',
			'sent,2',
			'received,1',
			'read,1',
			'acknowledged,1',
			'without a name,0',
			'',
			'person,user_id,connected then,received,read,acknowledged',
			`'+Ana,ana,true,${acked},${acked},${acked}`,
			'Ben,ben,true,,,',
		].join('\r\n')}\r\n`,
	);
});

test('an export that is cancelled leaves nothing', async () => {
	const { desk } = await filled();
	await count(desk, '3 messages').waitFor();
	const downloads = [];
	desk.page.on('download', (download) => downloads.push(download));
	// An export that takes its time: the answer does not come before it is cancelled.
	await desk.page.route('**/export?*', () => {});
	await desk.page.getByRole('button', { name: 'Export all that is found' }).click();
	await desk.page.getByText('Go on working, it writes by itself.').waitFor();
	await desk.page.getByRole('button', { name: 'Cancel, keep nothing' }).click();
	await desk.page.getByRole('button', { name: 'Export all that is found' }).waitFor();
	assert.equal(await desk.page.getByText('Saved', { exact: true }).count(), 0);
	await desk.page.unroute('**/export?*');
	const { text } = await saved(desk, 'Export all that is found');
	assert.match(text, /HYPERLINK/);
	assert.equal(downloads.length, 1);
});
