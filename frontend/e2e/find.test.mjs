import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { KEY } from './belfry.mjs';
import { eventually, useStage } from './stage.mjs';

// Search and export.
const stage = useStage('-client-rate', '0');

const CALC = '=HYPERLINK("http://example.org","Click")';
const TWO_LINES = 'First line,\nsecond "line"';

/** Messages of every kind, and the search page open. */
async function filled() {
	const [dashboard, ana] = [await stage.dashboard(), await stage.wire({ name: '@Ana', user_id: 'ana' })];
	await ana.post(CALC);
	await ana.post(TWO_LINES);
	await dashboard.say('Prosím, ne =1+1. Größe — 日本 🙂', { to: 'Everyone', title: '-Lunch' });
	await dashboard.row('Prosím').waitFor();
	await dashboard.turn('Search');
	return { dashboard, ana, field: dashboard.page.getByLabel('Search the log') };
}

const count = (dashboard, words) => dashboard.page.getByRole('status').getByText(words, { exact: true });
const found = (dashboard) => dashboard.page.getByRole('region', { name: 'Messages found' }).getByRole('listitem');

/** Presses a button that downloads a file, and returns its name and bytes. */
async function saved(dashboard, button) {
	const [download] = await Promise.all([
		dashboard.page.waitForEvent('download'),
		dashboard.page.getByRole('button', { name: button }).click(),
	]);
	await dashboard.page.getByText('Saved', { exact: true }).waitFor();
	return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

/** Messages in the log, newest first, over the dashboard's socket. */
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
	const { dashboard, ana, field } = await filled();
	await count(dashboard, '3 messages').waitFor();
	await field.pressSequentially('secon');
	await count(dashboard, '1 message').waitFor();
	assert.equal(await found(dashboard).locator('mark').innerText(), 'second');
	await field.fill('grosse'); // as it is written without ß
	await count(dashboard, '1 message').waitFor();
	assert.equal(await found(dashboard).locator('mark').innerText(), 'Größe');
	await field.fill('🔥');
	await count(dashboard, 'Nothing found').waitFor();
	await field.fill('größe日'.slice(0, 4));
	await count(dashboard, '1 message').waitFor();
	await field.fill('本 🙂'); // within a run of characters, and a sign
	await count(dashboard, '1 message').waitFor();
	await field.fill('本 🔥');
	await count(dashboard, 'Nothing found').waitFor();
	await field.fill('prosim'); // without its accent
	await count(dashboard, '1 message').waitFor();
	await field.fill('first "line');
	await count(dashboard, '1 message').waitFor();
	await field.fill('late');
	await count(dashboard, 'Nothing found').waitFor();
	await ana.post('A late one.');
	await count(dashboard, '1 message').waitFor();
	await field.fill('');
	await count(dashboard, '4 messages').waitFor();
	await dashboard.page.getByRole('radio', { name: 'Announcements' }).check();
	await count(dashboard, '1 message').waitFor();
	await dashboard.page.getByRole('radio', { name: 'In topics' }).check();
	await count(dashboard, '3 messages').waitFor();
	await found(dashboard).filter({ hasText: 'First line' }).getByRole('button').click();
	const context = dashboard.page.locator('#context');
	await context.locator('li.chosen', { hasText: 'First line' }).waitFor();
	await context.getByText('HYPERLINK').waitFor();
	await context.getByText('Prosím').waitFor();
});

test('CSV, byte for byte: formulas are made harmless', async () => {
	const { dashboard } = await filled();
	await count(dashboard, '3 messages').waitFor();
	await dashboard.page.getByRole('radio', { name: 'UTC' }).check();
	const { name, text } = await saved(dashboard, 'Export all results');
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
	const { dashboard, field } = await filled();
	await field.fill('line');
	await count(dashboard, '1 message').waitFor();
	await dashboard.page.getByRole('radio', { name: 'JSON Lines' }).check();
	const { name, text } = await saved(dashboard, 'Export this message');
	assert.match(name, /^belfry-\d{4}-\d\d-\d\d-\d{4}\.jsonl$/);
	const [{ time, id }] = (await messages()).filter(({ seq }) => seq === 2);
	assert.equal(
		text,
		`{"type":"message","seq":2,"id":"${id}","time":"${time}","audience":"topic","topic":"general",` +
			`"from":{"user_id":"ana","name":"@Ana"},"message":"First line,\\nsecond \\"line\\""}\n`,
	);
});

test('a report of an announcement, byte for byte', async () => {
	const dashboard = await stage.dashboard();
	const ana = await stage.wire({ name: '+Ana', user_id: 'ana' });
	await stage.wire({ name: 'Ben', user_id: 'ben' });
	await dashboard.say('At noon, "sharp".', { title: '=Lunch', asks: 'Understood' });
	await dashboard.open('=Lunch');
	ana.say({ action: 'ack', seq: 1 });
	await eventually(async () => assert.equal(await dashboard.gauge('Confirmed').locator('.n').textContent(), '1'));
	await dashboard.page.getByRole('radio', { name: 'UTC' }).check();
	const { name, text } = await saved(dashboard, 'Save a report');
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

test('a table has the clock of this computer, and the separator of its spreadsheets', async () => {
	const dashboard = await stage.dashboard({ locale: 'de-DE', timezoneId: 'Asia/Kathmandu' });
	const ana = await stage.wire({ name: 'Ana', user_id: 'ana' });
	await ana.post('yes; no');
	await dashboard.turn('Search');
	await count(dashboard, '1 message').waitFor();
	const { text } = await saved(dashboard, 'Export this message');
	assert.match(
		text,
		/^\ufeffseq;time;kind;.*\r\n1;\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+05:45;chat;general;Ana;ana;;"yes; no";;\r\n$/,
	);
	await dashboard.page.getByRole('radio', { name: 'Comma' }).check();
	const again = await saved(dashboard, 'Export this message');
	assert.match(again.text, /\r\n1,[-\d]{10} [:\d]{8} \+05:45,chat,general,Ana,ana,,yes; no,,\r\n$/);
});

test('an export that is cancelled leaves nothing', async () => {
	const { dashboard } = await filled();
	await count(dashboard, '3 messages').waitFor();
	const downloads = [];
	dashboard.page.on('download', (download) => downloads.push(download));
	// A slow export: the answer is held back until it is cancelled.
	await dashboard.page.route('**/export?*', () => {});
	await dashboard.page.getByRole('button', { name: 'Export all results' }).click();
	await dashboard.page.getByText('You can keep working.').waitFor();
	await dashboard.page.getByRole('button', { name: 'Cancel export' }).click();
	await dashboard.page.getByRole('button', { name: 'Export all results' }).waitFor();
	assert.equal(await dashboard.page.getByText('Saved', { exact: true }).count(), 0);
	await dashboard.page.unroute('**/export?*');
	const { text } = await saved(dashboard, 'Export all results');
	assert.match(text, /HYPERLINK/);
	assert.equal(downloads.length, 1);
});

test('an empty log has no messages yet, and nothing is said of a search', async () => {
	const dashboard = await stage.dashboard();
	await dashboard.turn('Search');
	await count(dashboard, 'No messages yet').waitFor();
	assert.equal(await dashboard.page.getByText(/Nothing found|No messages match/).count(), 0);
	await dashboard.page.getByLabel('Search the log').fill('anything');
	await count(dashboard, 'Nothing found').waitFor();
	await dashboard.page.getByText('No messages match “anything”.').waitFor();
});
