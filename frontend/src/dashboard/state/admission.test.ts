import { beforeEach, expect, test, vi } from 'vitest';
import type { EntryCode } from '../operator/operator';
import { Entry } from './admission.svelte';

let entries: { id: string; name: string; made: string; used: string }[];
let made: number;
let entry: Entry;
const qrCodes = vi.fn((texts: string[]) => Promise.resolve(texts.map((path) => ({ size: 21, path }))));
const operator = {
	addEntry: (name: string) => {
		const one: EntryCode = { id: String(++made), name, code: `code-${made}` };
		entries = [...entries, { id: one.id, name, made: '', used: '' }];
		return Promise.resolve(one);
	},
	importEntries: (csv: string) => {
		const added = csv.split('\n').map((name) => ({ id: String(++made), name, code: `code-${made}` }));
		return Promise.resolve({ added, skipped: [{ line: 9, name: 'Ana', reason: 'It stands there already.' }] });
	},
	renewEntry: (id: string) => Promise.resolve({ id, name: 'Ana', code: `code-${++made}` }),
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
	entry = new Entry(operator as never);
	qrCodes.mockClear();
});

test('a code that was made stays until it is put away; made anew it replaces itself', async () => {
	await entry.add('Ana');
	await entry.add('Bo');
	await entry.renew('1');
	expect(entry.made.map(({ name, code }) => `${name} ${code}`)).toEqual(['Bo code-2', 'Ana code-3']);
	expect(entry.list.value?.entries.map(({ name }) => name)).toEqual(['Ana', 'Bo']);
	await entry.remove('2');
	expect(entry.made.map(({ name }) => name)).toEqual(['Ana']);
	entry.done();
	expect(entry.made).toEqual([]);
});

test('an import tells which lines it left out', async () => {
	await entry.import('Ana\nBo');
	expect([entry.made.length, entry.skipped[0]?.line]).toEqual([2, 9]);
});

test('cards carry the address with the code behind it, a hundred at a time', async () => {
	await entry.import(Array.from({ length: 130 }, (_, i) => `Person ${i}`).join('\n'));
	const cards = await entry.cards('http://192.168.1.24:8000/');
	expect(cards[129]?.qr.path).toBe('http://192.168.1.24:8000/#code=code-130');
	expect(qrCodes.mock.calls.map(([texts]) => texts.length)).toEqual([100, 30]);
});
