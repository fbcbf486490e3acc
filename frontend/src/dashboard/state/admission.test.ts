import { beforeEach, expect, test, vi } from 'vitest';
import type { EntryCode } from '../operator/operator';
import { Admission } from './admission.svelte';

let entries: { id: string; name: string; made: string; used: string }[];
let made: number;
let admission: Admission;
const qrCodes = vi.fn((texts: string[]) => Promise.resolve(texts.map((path) => ({ size: 21, path }))));
const operator = {
	addEntry: (name: string) => {
		const one: EntryCode = { id: String(++made), name, code: `code-${made}` };
		entries = [...entries, { id: one.id, name, made: '', used: '' }];
		return Promise.resolve(one);
	},
	importEntries: ({ csv, preview }: { csv: string; preview: boolean }) => {
		const added = csv
			.split('\n')
			.filter(Boolean)
			.map((name, i) =>
				preview
					? { id: '', name, code: '', line: i + 1 }
					: { id: String(++made), name, code: `code-${made}`, line: i + 1 },
			);
		if (!preview) entries = [...entries, ...added.map(({ id, name }) => ({ id, name, made: '', used: '' }))];
		const skipped = csv ? [{ line: 9, name: 'Ana', reason: 'It stands there already.' }] : [];
		return Promise.resolve({ added, skipped });
	},
	undoImport: () => {
		const removed = entries.length;
		entries = [];
		return Promise.resolve({ removed, came_in: 0 });
	},
	renewEntry: (id: string) => Promise.resolve({ entry: { id, name: 'Ana', code: `code-${++made}` }, put_out: 2 }),
	grants: () => Promise.resolve({ grants: [], count: 0 }),
	removeEntry: (id: string) => {
		entries = entries.filter((one) => one.id !== id);
		return Promise.resolve();
	},
	list: () => Promise.resolve({ entries }),
	qrCodes,
};

beforeEach(() => {
	entries = [];
	made = 0;
	admission = new Admission(operator as never);
	qrCodes.mockClear();
});

test('a code that was made stays until it is put away; made anew it replaces itself', async () => {
	await admission.add('Ana');
	await admission.add('Bo');
	expect(await admission.renew('1', true)).toBe(2);
	expect(admission.made.map(({ name, code }) => `${name} ${code}`)).toEqual(['Bo code-2', 'Ana code-3']);
	expect(admission.list.value?.entries.map(({ name }) => name)).toEqual(['Ana', 'Bo']);
	await admission.remove('2');
	expect(admission.made.map(({ name }) => name)).toEqual(['Ana']);
	admission.done();
	expect(admission.made).toEqual([]);
});

test('an import tells which lines it left out', async () => {
	await admission.table.open({ csv: 'Ana\nBo' }, 'names.csv');
	expect([admission.made.length, admission.table.preview?.added.length, entries.length]).toEqual([0, 2, 0]);
	await admission.import();
	expect([admission.made.length, admission.skipped[0]?.line, admission.table.preview]).toEqual([2, 9, undefined]);
});

test('an import that is taken back takes its cards along', async () => {
	await admission.table.open({ csv: 'Ana\nBo' }, 'names.csv');
	await admission.import();
	await admission.undoImport();
	expect([admission.made, admission.skipped, admission.list.value?.entries]).toEqual([[], [], []]);
});

test('a table without a name says so, and the one that is looked at stays', async () => {
	await admission.table.open({ csv: 'Ana' }, 'names.csv');
	await expect(admission.table.open({ csv: '' }, 'other.csv')).rejects.toThrow('no name in that file');
	expect([admission.table.name, admission.table.preview?.added.length]).toEqual(['names.csv', 1]);
	admission.table.cancel();
	expect(admission.table.preview).toBeUndefined();
});

test('cards carry the address with the code behind it, a hundred at a time', async () => {
	const csv = Array.from({ length: 130 }, (_, i) => `Person ${i}`).join('\n');
	await admission.table.open({ csv }, 'names.csv');
	await admission.import();
	const cards = await admission.cards('http://192.168.1.24:8000/');
	expect(cards[129]?.qr.path).toBe('http://192.168.1.24:8000/#code=code-130');
	expect(qrCodes.mock.calls.map(([texts]) => texts.length)).toEqual([100, 30]);
});
