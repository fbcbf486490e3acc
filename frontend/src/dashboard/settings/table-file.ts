import { OperatorError, type TableFile } from '../operator/operator';
import { size } from '../parts/times';

/** Greatest size of an import as a frame: the server closes connections that send more than 512 KiB at once. */
const MOST = 480_000;
/** Base64 writes three bytes as four letters. */
const MOST_BYTES = (MOST / 4) * 3;
/** So much of a file that is too large tells what kind of file it is. */
const BEGINNING = 200_000;

/**
 * Reads a file of names as the server takes it: UTF-8 as text, all else as bytes, whose encoding the server finds. Of a file
 * that is too large only the beginning goes to ask, which rejects with a better reason where it is no table at all.
 */
export async function readTable(file: Blob, ask: (table: TableFile) => Promise<unknown>): Promise<TableFile> {
	if (file.size > MOST) {
		await ask({ file: await base64(file.slice(0, BEGINNING)) });
		throw tooLarge(file.size, MOST);
	}
	const text = plain(new Uint8Array(await file.arrayBuffer()));
	if (text === undefined) {
		if (file.size > MOST_BYTES) {
			await ask({ file: await base64(file.slice(0, BEGINNING)) });
			throw tooLarge(file.size, MOST_BYTES);
		}
		return { file: await base64(file) };
	}
	return fromText(text);
}

/** A text as a table; throws where it is empty or too large. */
export function fromText(text: string): TableFile {
	if (!text.trim()) throw new OperatorError('bad_frame', 'There is nothing in that file.');
	const framed = new TextEncoder().encode(JSON.stringify(text)).length;
	if (framed > MOST) throw tooLarge(framed, MOST);
	return { csv: text };
}

/** The text of bytes that are UTF-8 and hold no control characters, which pictures, archives and UTF-16 do. */
function plain(bytes: Uint8Array): string | undefined {
	try {
		const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		return /[\0-\x08\x0e-\x1f]/.test(text) ? undefined : text;
	} catch {
		return undefined;
	}
}

function base64(file: Blob): Promise<string> {
	return new Promise((resolve, reject) => {
		const reader = new FileReader();
		reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,/, ''));
		reader.onerror = () => reject(new OperatorError('bad_frame', 'That file cannot be read.'));
		reader.readAsDataURL(file);
	});
}

function tooLarge(bytes: number, most: number): OperatorError {
	return new OperatorError(
		'too_large',
		`That file has ${size(bytes)}, and ${size(most)} go at once. Import it in parts.`,
	);
}
