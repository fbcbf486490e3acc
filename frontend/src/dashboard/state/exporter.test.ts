import { expect, test } from 'vitest';
import { OperatorError, type Exported, type ExportQuery } from '../operator/operator';
import { Exporter } from './exporter.svelte';

const query: ExportQuery = { format: 'csv', text: '', user_id: '', topic: '', kind: '', from: '', until: '' };

function exporter() {
	let settle!: { done(file?: Exported): void; fail(cause: unknown): void; progress(share: number): void };
	const made = new Exporter({
		export: (_, progress, cancel) =>
			new Promise((done, fail) => {
				settle = { done, fail, progress };
				cancel.addEventListener('abort', () => done(undefined));
			}),
	});
	return { made, settle: () => settle };
}

test('tells how far it is, and what was saved', async () => {
	const { made, settle } = exporter();
	const run = made.run(query);
	expect([made.running, made.share]).toEqual([true, undefined]);
	settle().progress(0.5);
	expect([made.running, made.share]).toEqual([true, 0.5]);
	settle().done({ name: 'belfry.csv', bytes: 9 });
	await run;
	expect([made.running, made.file?.name]).toEqual([false, 'belfry.csv']);
	made.clear();
	expect(made.file).toBeUndefined();
});

test('a cancelled one leaves nothing to tell, a refused one its reason', async () => {
	const { made, settle } = exporter();
	let run = made.run(query);
	made.cancel();
	await run;
	expect([made.running, made.file, made.refusal]).toEqual([false, undefined, '']);
	run = made.run(query);
	settle().fail(new OperatorError('lost', 'The connection broke.'));
	await run;
	expect(made.refusal).toBe('The connection broke.');
});

test('a table has the clock and the separator that were chosen; lines for programs have neither', async () => {
	const asked: ExportQuery[] = [];
	const made = new Exporter({ export: (given) => (asked.push(given), Promise.resolve(undefined)) });
	await made.run(query);
	made.times = 'utc';
	made.separator = 'semicolon';
	await made.run(query);
	await made.run({ ...query, format: 'jsonl' });
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	expect(asked).toEqual([
		{ ...query, zone, separator: 'comma' },
		{ ...query, zone: '', separator: 'semicolon' },
		{ ...query, format: 'jsonl' },
	]);
});
