import { expect, test } from 'vitest';
import { displayName, fold, senderName } from './people';

test('people are called by their name, guests by their number, others by their id', () => {
	expect(displayName('u1', 'Ana Lima')).toBe('Ana Lima');
	expect(displayName('guest-x7Qd-12', '')).toBe('Guest 12');
	expect(displayName('abc123', '')).toBe('No name (abc123)');
	expect(displayName('\u202eoperator\u200b', '')).toBe('No name (operator)');
	expect(displayName(undefined, '')).toBe('Somebody');
});

test('what is sent says who sent it: the operator, a program, or a person', () => {
	expect(senderName({ operator: true, name: '' })).toBe('Operator');
	expect(senderName({ operator: true, name: 'Sam' })).toBe('Sam');
	expect(senderName({ program: true, name: 'grafana' })).toBe('grafana');
	expect(senderName({ program: true, name: '' })).toBe('A program');
	expect(senderName({ user_id: 'guest-x7Qd-12', name: '' })).toBe('Guest 12');
});

test('case and accents do not count, and no letters are lost', () => {
	expect(fold('Kovács ÉMILE')).toBe('kovacs emile');
	expect(fold('Plain Text 7')).toBe('plain text 7');
	expect(fold('Иван 厨房')).toBe('иван 厨房');
	expect(fold('İstanbul')).toBe('istanbul');
});
