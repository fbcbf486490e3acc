import { expect, test } from 'vitest';
import { inFull, inLine, ofOne } from './receipt-text';
import { counts } from './testing';

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
