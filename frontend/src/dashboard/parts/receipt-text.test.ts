import { expect, test } from 'vitest';
import { doneOf, inFull, inLine, missingOf, ofOne } from './receipt-text';
import { counts } from './testing';

test('the line says what is missing, and "All" only where all have', () => {
	expect(inLine(counts(23, 22, 18, 16), true)).toBe('18 of 23 read · 16 confirmed');
	expect(inLine(counts(2, 2, 2, 0), true)).toBe('2 of 2 read · 0 confirmed');
	expect(inLine(counts(16, 16, 16, 16), true)).toBe('All 16 confirmed');
	expect(inLine(counts(38, 38, 37, 0), false)).toBe('37 of 38 read');
	expect(inLine(counts(38, 38, 38, 0), false)).toBe('All 38 read');
	expect(inLine(counts(0, 0, 0, 0), false)).toBe('No one was in the room');
	expect(inFull(counts(23, 22, 18, 16), true)).toBe('23 sent, 22 received, 18 read, 16 confirmed');
});

test('what an announcement waits for is said done and missing', () => {
	expect(doneOf(counts(56, 53, 48, 39), true)).toBe('39 of 56 confirmed');
	expect(missingOf(counts(56, 53, 48, 39), true)).toBe('17 have not confirmed');
	expect(missingOf(counts(56, 53, 55, 0), false)).toBe('1 has not read it');
});

test('a message to one person says how far it has come', () => {
	const who = { user_id: 'a', name: 'Ana', connected: true, received: '', read: '', acked: '' };
	const at = new Date(2026, 10, 22, 10, 39).toISOString();
	expect(ofOne(undefined, false)).toBe('');
	expect(ofOne(who, false)).toBe('Not received yet');
	expect(ofOne({ ...who, received: at }, false)).toBe('Received 10:39 · not read');
	expect(ofOne({ ...who, received: at, read: at }, false)).toBe('Read 10:39');
	expect(ofOne({ ...who, read: at }, true)).toBe('Read 10:39 · not confirmed');
	expect(ofOne({ ...who, read: at, acked: at }, true)).toBe('Confirmed 10:39');
});
