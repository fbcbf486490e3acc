import { expect, test } from 'vitest';
import { readTable } from './table-file';

const file = (...parts: BlobPart[]) => new Blob(parts);
const ask = () => Promise.resolve();

test('a file goes as text where it is UTF-8, and as its bytes where the server must find its encoding', async () => {
	expect(await readTable(file('name\nJürgen Müller\n'), ask)).toEqual({ csv: 'name\nJürgen Müller\n' });
	const bytes = async (...codes: number[]) => {
		const table = await readTable(file(new Uint8Array(codes)), ask);
		return [...atob('file' in table ? table.file : '')].map((letter) => letter.charCodeAt(0));
	};
	expect(await bytes(0x4d, 0xfc, 0x6c)).toEqual([0x4d, 0xfc, 0x6c]);
	expect(await bytes(0xff, 0xfe, 0x4d, 0x00)).toEqual([0xff, 0xfe, 0x4d, 0x00]);
	expect(await bytes(0x4d, 0x00, 0x6c, 0x00)).toEqual([0x4d, 0x00, 0x6c, 0x00]);
	expect(await bytes(0x50, 0x4b, 0x03, 0x04)).toEqual([0x50, 0x4b, 0x03, 0x04]);
});

test('what is too large is refused with a sentence, unless the server knows that it is no table', async () => {
	await expect(readTable(file(' \n'), ask)).rejects.toThrow('nothing in that file');
	await expect(readTable(file('x'.repeat(500_000)), ask)).rejects.toThrow('500 kB, and 480 kB go at once');
	await expect(readTable(file(new Uint8Array(400_000).fill(0xe4)), ask)).rejects.toThrow(
		'400 kB, and 360 kB go at once',
	);
	await expect(readTable(file('"\n'.repeat(200_000)), ask)).rejects.toThrow('parts');
	const workbook = () => Promise.reject(new Error('That is an Excel workbook.'));
	await expect(readTable(file('PK\x03\x04', 'x'.repeat(500_000)), workbook)).rejects.toThrow('Excel workbook');
});
