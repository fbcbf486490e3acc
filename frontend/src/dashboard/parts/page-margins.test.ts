import { expect, test } from 'vitest';
import { quoted } from './page-margins';

test('a name in the foot of a page stays text', () => {
	expect(quoted('Hall 2')).toBe('"Hall 2"');
	expect(quoted('" } body { display: none } \\')).toBe('"\\" } body { display: none } \\\\"');
	expect(quoted('a\nb\u0000c\u0085d')).toBe('"a b c d"');
});
