import { expect, test } from 'vitest';
import type { Receipts } from './operator/operator';
import { excerpt, mark, wordsOf } from './marks';
import { inFull, inLine, ofOne, strokesOf } from './tally';
import { dayOf, size } from './times';

const counts = (sent: number, received: number, read: number, acked: number): Receipts => ({
	seq: 1,
	sent,
	received,
	read,
	acked,
	guests: 0,
});

test('the tally has one stroke a person, the furthest first', () => {
	const strokes = strokesOf(counts(23, 22, 18, 16), true, 14);
	expect(strokes).toHaveLength(23);
	expect(strokes.map(({ stage }) => stage).join(' ')).toBe(
		[...Array(16).fill('ack'), 'read', 'read', ...Array(4).fill('got'), 'none'].join(' '),
	);
	expect(strokes[1]).toEqual({ stage: 'ack', x: 5, width: 4, height: 14 });
	expect(strokes.at(-1)).toEqual({ stage: 'none', x: 110, width: 4, height: 2 });
});

test('where nothing is asked for, read is the full height', () => {
	const strokes = strokesOf(counts(6, 6, 5, 0), false, 10);
	expect(strokes.map(({ height }) => height)).toEqual([10, 10, 10, 10, 10, 4]);
	expect(strokes[1]).toMatchObject({ x: 8, width: 6 });
});

test('beyond 58 people a bar stands for them, never rounded up', () => {
	expect(strokesOf(counts(58, 58, 58, 0), false, 10)).toHaveLength(58);
	const bar = strokesOf(counts(10_000, 10_000, 10_000, 9_999), true, 10);
	expect(bar.map(({ stage, width }) => [stage, width])).toEqual([
		['ack', 115],
		['read', 1],
	]);
	expect(strokesOf(counts(10_000, 10_000, 10_000, 10_000), true, 10)).toMatchObject([{ stage: 'ack', width: 116 }]);
	expect(strokesOf(counts(0, 0, 0, 0), true, 10)).toEqual([]);
});

test('the line says what is missing, and "all" only where all have', () => {
	expect(inLine(counts(23, 22, 18, 16), 'Understood')).toBe('18 of 23 read, 16 understood');
	expect(inLine(counts(16, 16, 16, 16), 'Understood')).toBe('all 16 understood');
	expect(inLine(counts(2, 2, 2, 1), 'I am out')).toBe('2 of 2 read, 1 pressed “I am out”');
	expect(inLine(counts(38, 38, 37, 0), undefined)).toBe('37 of 38 read');
	expect(inLine(counts(38, 38, 38, 0), undefined)).toBe('all 38 read');
	expect(inLine(counts(0, 0, 0, 0), undefined)).toContain('Nobody');
	expect(inFull(counts(23, 22, 18, 16), 'Understood')).toBe('23 sent, 22 received, 18 read, 16 understood');
});

test('a message to one person says how far it has come', () => {
	const who = { user_id: 'a', name: 'Ana', connected: true, received: '', read: '', acked: '' };
	const at = new Date(2026, 10, 22, 10, 39).toISOString();
	expect(ofOne(undefined, undefined)).toBe('');
	expect(ofOne(who, undefined)).toBe('Not received yet');
	expect(ofOne({ ...who, received: at }, undefined)).toBe('Received 10:39, not read yet');
	expect(ofOne({ ...who, received: at, read: at }, undefined)).toBe('Read 10:39');
	expect(ofOne({ ...who, read: at }, 'Understood')).toBe('Read 10:39, not yet understood');
	expect(ofOne({ ...who, read: at, acked: at }, 'Understood')).toBe('Understood 10:39');
});

test('words that were searched for are marked where words begin with them, together where they stand together', () => {
	const marked = (text: string, wanted: string) =>
		mark(text, wordsOf(wanted))
			.map(({ text, marked }) => (marked ? `[${text}]` : text))
			.join('');
	expect(marked('Press 4 is down, express lane', 'press 4')).toBe('[Press 4] is down, express lane');
	expect(marked('Küche: die KÜCHE', 'kuche')).toBe('[Küche]: die [KÜCHE]');
	expect(marked('nothing', '')).toBe('nothing');
});

test('a long message is cut to where it was found', () => {
	const text = `${'x '.repeat(1000)}needle ${'y '.repeat(1000)}`;
	const cut = excerpt(text, ['needle']);
	expect(cut.length).toBeLessThan(500);
	expect(cut).toContain('needle');
	expect([cut[0], cut.at(-1)]).toEqual(['…', '…']);
	expect(excerpt('short', ['needle'])).toBe('short');
});

test('days and sizes in words', () => {
	const now = new Date(2026, 10, 22, 10).getTime();
	const at = (days: number) => new Date(2026, 10, 22 - days, 23).toISOString();
	expect([dayOf(at(0), now), dayOf(at(1), now)]).toEqual(['Today', 'Yesterday']);
	expect(dayOf(at(6), now)).toContain('16');
	expect([size(640), size(214_400), size(3_210_000)]).toEqual(['640 B', '214 kB', '3.2 MB']);
});
