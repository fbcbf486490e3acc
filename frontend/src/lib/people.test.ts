import { expect, test } from 'vitest';
import { displayName, fold } from './people';

test('people are called by their name, guests by their number, others by their id', () => {
	expect(displayName('u1', 'Ana Lima')).toBe('Ana Lima');
	expect(displayName('guest-x7Qd-12', '')).toBe('Guest 12');
	expect(displayName('abc123', '')).toBe('No name (abc123)');
	expect(displayName('\u202eoperator\u200b', '')).toBe('No name (operator)');
	expect(displayName(undefined, '')).toBe('Somebody');
});

test('case and accents do not count, and no letters are lost', () => {
	expect(fold('Kovács ÉMILE')).toBe('kovacs emile');
	expect(fold('Plain Text 7')).toBe('plain text 7');
	expect(fold('Иван 厨房')).toBe('иван 厨房');
	expect(fold('İstanbul')).toBe('istanbul');
});
