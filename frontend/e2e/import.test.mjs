import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { accessible } from './checks.mjs';
import { useStage } from './stage.mjs';

const stage = useStage();

/** A dashboard at the list, and what it shows of an import. */
async function atTheList() {
	const dashboard = await stage.dashboard();
	const { page } = dashboard;
	await dashboard.settings('Access');
	await dashboard.saves(() => page.getByRole('radio', { name: 'List' }).check());
	return {
		dashboard,
		page,
		names: page.getByRole('table', { name: 'The first names' }).locator('tbody .used'),
		codes: page.getByRole('list', { name: 'New codes' }).getByRole('listitem'),
		listed: page.getByRole('group', { name: 'Names on the list' }).getByRole('listitem'),
	};
}

test('a file is looked at before codes are made, and the whole import can be taken back', async () => {
	const { dashboard, page, names, codes, listed } = await atTheList();
	const folder = await mkdtemp(join(tmpdir(), 'belfry-import-'));
	try {
		const file = join(folder, 'Klasse 7b.csv');
		await writeFile(
			file,
			Buffer.from('Nachname;Vorname;Klasse\r\nM\xfcller;Anna;7b\r\nM\xfcller;Ben;7b\r\n;;7b\r\n', 'latin1'),
		);
		await page.locator('input[type=file]').setInputFiles(file);
		await page.getByRole('heading', { name: 'Are these names right?' }).waitFor();
	} finally {
		await rm(folder, { recursive: true });
	}
	assert.deepEqual(await names.allTextContents(), ['Anna Müller', 'Ben Müller']);
	await page.getByText('Klasse 7b.csv · semicolon · Western European (Windows)').waitFor();
	await page.getByText('Skipped rows', { exact: true }).click();
	await page.getByText('This row has no name.').waitFor();
	assert.equal(await codes.count(), 0);
	assert.deepEqual((await stage.server.verb('list')).entries, []);
	assert.deepEqual(await accessible(page, 'import'), []);
	await page.getByRole('button', { name: 'Cancel' }).click();
	await page.getByText('0 names on the list').waitFor();

	await dashboard.import('again.csv', 'Nachname;Vorname\nMüller;Anna\nMüller;Ben\n');
	await codes.nth(1).waitFor();
	assert.equal(await listed.count(), 2);
	await page.getByRole('button', { name: 'Remove these names' }).click();
	await dashboard.dialog.getByText('None of them has joined yet.').waitFor();
	await dashboard.saves(() => dashboard.confirm('Remove 2 names'));
	await page.getByText('0 names on the list').waitFor();
	assert.equal(await codes.count(), 0);
	await page.getByRole('region', { name: 'Activity' }).getByText('Undid an import of 2 names').waitFor();
	assert.equal(await page.getByText('Last import').count(), 0);
});

test('the operator picks the column, the letters, and whether there is a heading', async () => {
	const { dashboard, page, names } = await atTheList();
	await dashboard.look('who.csv', 'Wer;Nr;Haus\nAnna;1;x9\nBen;2;y8\n');
	await page.getByText('cannot tell which column has the names').waitFor();
	const add = page.getByRole('button', { name: /^Add \d/ });
	assert.equal(await add.count(), 0);
	await page.getByLabel('Name from').selectOption('Wer');
	await names.nth(1).getByText('Ben').waitFor();
	await page.locator('label', { hasText: /^and/ }).locator('select').selectOption('Haus');
	await names.nth(1).getByText('Ben y8').waitFor();
	await page.getByLabel('First row is a heading').uncheck();
	await names.first().getByText('Wer Haus').waitFor();
	await page.getByRole('button', { name: 'Cancel' }).click();

	await dashboard.look('letters.txt', Buffer.from('J\xfcrgen\nZo\xeb\n', 'latin1'));
	await names.first().getByText('Jürgen').waitFor();
	await page.getByLabel('Encoding').selectOption('Cyrillic (Windows)');
	await names.first().getByText('Jьrgen').waitFor({ state: 'detached' });
	await page.getByLabel('Encoding').selectOption('Western European (Windows)');
	await names.first().getByText('Jürgen').waitFor();
	await add.click();
	await page.getByText('2 names on the list').waitFor();
});

test('a list is dropped or pasted; a file that falls beside it does not take the page away', async () => {
	const { page, names } = await atTheList();
	const drop = (selector) =>
		page.locator(selector).evaluate((element) => {
			const data = new DataTransfer();
			data.items.add(new File(['Müller, Anna\nLee, Ben\n'], 'class.txt', { type: 'text/plain' }));
			return ['dragover', 'drop'].map((kind) =>
				element.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true })),
			);
		});
	assert.deepEqual(await drop('header.bar'), [false, false]);
	assert.equal(await names.count(), 0);
	assert.deepEqual(await drop('form:has(#new-entry)'), [false, false]);
	await names.nth(1).getByText('Ben Lee').waitFor();
	await page.getByRole('button', { name: 'Cancel' }).click();
	await page.locator('#new-entry').evaluate((field) => {
		const clipboardData = new DataTransfer();
		clipboardData.setData('text/plain', '1. Cid Ott\n2. Doe Kim\n');
		field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
	});
	await names.nth(1).getByText('Doe Kim').waitFor();
	await page.setViewportSize({ width: 900, height: 800 });
	assert.deepEqual(await accessible(page, 'import'), []);
});
