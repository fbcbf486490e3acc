import { asError } from './calls';
import { halfShown } from './session';
import { OperatorError, type Exported, type ExportQuery } from './operator';

/** The beginning of a row in an export: its seq, in CSV before its time. Rows come newest first. */
const SEQ = { csv: /(?:^|\r\n)(\d+)[,;]\d{4}-\d\d-\d\d[T ]/g, jsonl: /"seq":(\d+)/g, report: /$^/g };
/** Chunks may cut a row's beginning in two: so much of the last one is searched again. */
const OVERLAP = 40;

/**
 * Downloads an export as it streams, and hands it to the browser when it is whole. Undefined where it was cancelled.
 * The total is unknown beforehand: the share is how far back the seqs have gone.
 */
export async function download(
	query: ExportQuery,
	onprogress: (share: number) => void,
	cancel: AbortSignal,
): Promise<Exported | undefined> {
	onprogress(0);
	try {
		const answer = await fetch(`export?${parameters(query)}`, { signal: cancel, headers: halfShown() });
		if (!answer.ok) throw asError(await answer.json().catch(() => 'Belfry did not answer.'));
		const blob = await collect(answer, query.format, onprogress);
		const name = nameOf(answer) ?? 'belfry-export';
		save(blob, name);
		return { name, bytes: blob.size };
	} catch (cause) {
		if (cancel.aborted) return undefined;
		throw cause instanceof OperatorError
			? cause
			: new OperatorError('lost', 'The connection broke. Nothing was saved.');
	}
}

function parameters(query: ExportQuery): string {
	const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
	return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

async function collect(answer: Response, format: ExportQuery['format'], onprogress: (share: number) => void) {
	const parts: Uint8Array<ArrayBuffer>[] = [];
	const decoder = new TextDecoder();
	let first = 0;
	let tail = '';
	for (const reader = answer.body!.getReader(); ;) {
		const { done, value } = await reader.read();
		if (done) break;
		parts.push(value);
		const text = tail + decoder.decode(value, { stream: true });
		tail = text.slice(-OVERLAP);
		const seqs = [...text.matchAll(SEQ[format])].map(([, seq]) => Number(seq));
		first ||= seqs[0] ?? 0;
		const last = seqs.at(-1);
		if (last !== undefined && first > 0) onprogress(Math.min(1, Math.max(0, 1 - last / first)));
	}
	onprogress(1);
	return new Blob(parts, { type: answer.headers.get('Content-Type') ?? '' });
}

function nameOf(answer: Response): string | undefined {
	return /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1];
}

function save(blob: Blob, name: string): void {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(blob);
	link.download = name;
	document.body.append(link);
	link.click();
	link.remove();
	// By then the download has its own copy.
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
