import { expect, test } from 'vitest';
import { readTable } from './table-file';

const file = (...parts: BlobPart[]) => new Blob(parts);

test('a table is read in whatever letters the spreadsheet wrote it', async () => {
	expect(await readTable(file('name\nJürgen Müller\n'))).toBe('name\nJürgen Müller\n');
	const windows = new Uint8Array([0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72]);
	expect(await readTable(file(windows))).toBe('Müller');
	const utf16 = new Uint8Array([0xff, 0xfe, 0x4d, 0x00, 0xfc, 0x00]);
	expect(await readTable(file(utf16))).toBe('Mü');
});

test('what is no table is refused with a sentence, before it is sent', async () => {
	await expect(readTable(file('PK\x03\x04'))).rejects.toThrow('not a table of names');
	await expect(readTable(file(' \n'))).rejects.toThrow('nothing in that file');
	await expect(readTable(file('x'.repeat(500_000)))).rejects.toThrow('500 kB, and 480 kB go at once');
	await expect(readTable(file('"\n'.repeat(200_000)))).rejects.toThrow('parts');
});
