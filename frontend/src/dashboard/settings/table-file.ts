import { OperatorError } from '../operator/operator';
import { size } from '../parts/times';

/** Greatest size of an import as a frame: the server closes connections that send more than 512 KiB at once. */
const MOST = 480_000;

/** Reads a file of names as text, in the encodings that spreadsheets write; refuses binary files. */
export async function readTable(file: Blob): Promise<string> {
	if (file.size > MOST) throw tooLarge(file.size);
	const text = decode(new Uint8Array(await file.arrayBuffer()));
	// Nobody's name has them; pictures, archives and workbooks (.xlsx) do.
	if (/[\0-\x08\x0e-\x1f]/.test(text)) {
		throw new OperatorError('bad_frame', 'That is not a table of names. Save it as CSV or as plain text first.');
	}
	if (!text.trim()) throw new OperatorError('bad_frame', 'There is nothing in that file.');
	const framed = new TextEncoder().encode(JSON.stringify(text)).length;
	if (framed > MOST) throw tooLarge(framed);
	return text;
}

function tooLarge(bytes: number): OperatorError {
	return new OperatorError(
		'too_large',
		`That file has ${size(bytes)}, and ${size(MOST)} go at once. Import it in parts.`,
	);
}

// Excel writes "Unicode text" as UTF-16, and what it calls CSV in the letters of Windows, unless told otherwise.
function decode(bytes: Uint8Array): string {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		return new TextDecoder('windows-1252').decode(bytes);
	}
}
