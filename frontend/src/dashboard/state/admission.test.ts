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
	admission = new Admission(operator as never);
	qrCodes.mockClear();
});

test('a code that was made stays until it is put away; made anew it replaces itself', async () => {
	await admission.add('Ana');
	await admission.add('Bo');
	await admission.renew('1');
	expect(admission.made.map(({ name, code }) => `${name} ${code}`)).toEqual(['Bo code-2', 'Ana code-3']);
	expect(admission.list.value?.entries.map(({ name }) => name)).toEqual(['Ana', 'Bo']);
	await admission.remove('2');
	expect(admission.made.map(({ name }) => name)).toEqual(['Ana']);
	admission.done();
	expect(admission.made).toEqual([]);
});

test('an import tells which lines it left out', async () => {
	await admission.import('Ana\nBo');
	expect([admission.made.length, admission.skipped[0]?.line]).toEqual([2, 9]);
});

test('cards carry the address with the code behind it, a hundred at a time', async () => {
	await admission.import(Array.from({ length: 130 }, (_, i) => `Person ${i}`).join('\n'));
	const cards = await admission.cards('http://192.168.1.24:8000/');
	expect(cards[129]?.qr.path).toBe('http://192.168.1.24:8000/#code=code-130');
	expect(qrCodes.mock.calls.map(([texts]) => texts.length)).toEqual([100, 30]);
});
