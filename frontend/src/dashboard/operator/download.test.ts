import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { download } from './download';
import type { ExportQuery } from './operator';

const query: ExportQuery = { format: 'csv', text: 'a b', user_id: '', topic: 'x', kind: '', from: '', until: '' };

let saved: { name: string; blob: Blob }[];
let blobs: Blob[];

beforeEach(() => {
	[saved, blobs] = [[], []];
	vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
		blobs.push(blob as Blob);
		return 'blob:one';
	});
	vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
		saved.push({ name: this.download, blob: blobs.at(-1)! });
	});
});

afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
});

function answerWith(chunks: string[], more: ResponseInit = {}): string[] {
	const urls: string[] = [];
	vi.stubGlobal('fetch', (url: string) => {
		urls.push(url);
		const body = new ReadableStream({
			start(to) {
				for (const chunk of chunks) to.enqueue(new TextEncoder().encode(chunk));
				to.close();
			},
		});
		const headers = { 'Content-Disposition': 'attachment; filename="belfry.csv"' };
		return Promise.resolve(new Response(body, { headers, ...more }));
	});
	return urls;
}

test('the file is saved as it came, under the name it was given, and the share follows the seqs', async () => {
	const rows = ['\ufeffseq,time\r\n', '100,2026-11-22T10:00:00.000Z,x\r\n5', '0,2026-11-22T09:00:00.000Z,y\r\n'];
	const urls = answerWith(rows);
	const shares: number[] = [];
	const file = await download(query, (share) => shares.push(share), new AbortController().signal);
	expect(urls).toEqual(['export?format=csv&text=a+b&topic=x']);
	expect(shares).toEqual([0, 0, 0.5, 1]);
	expect(file).toEqual({ name: 'belfry.csv', bytes: new Blob(rows).size });
	expect([...new Uint8Array(await saved[0]!.blob.arrayBuffer())]).toEqual([...new TextEncoder().encode(rows.join(''))]);
});

test('the share follows the rows of a table for people too', async () => {
	answerWith(['\ufeffseq;time\r\n100;2026-11-22 11:00:00 +01:00;x\r\n', '25;2026-11-22 10:00:00 +01:00;y\r\n']);
	const shares: number[] = [];
	await download(query, (share) => shares.push(share), new AbortController().signal);
	expect(shares).toEqual([0, 0, 0.75, 1]);
});

test('a refusal is told in its own words, and nothing is saved', async () => {
	answerWith([JSON.stringify({ code: 'bad_frame', message: 'A kind is one of three.' })], { status: 400 });
	await expect(download(query, () => {}, new AbortController().signal)).rejects.toMatchObject({ code: 'bad_frame' });
	expect(saved).toEqual([]);
});

test('half a file is never saved', async () => {
	vi.stubGlobal('fetch', () => {
		const body = new ReadableStream({
			start(to) {
				to.enqueue(new TextEncoder().encode('seq\r\n'));
				to.error(new TypeError('broken'));
			},
		});
		return Promise.resolve(new Response(body));
	});
	await expect(download(query, () => {}, new AbortController().signal)).rejects.toMatchObject({ code: 'lost' });
	const cancel = new AbortController();
	cancel.abort();
	expect(await download(query, () => {}, cancel.signal)).toBeUndefined();
	expect(saved).toEqual([]);
});
