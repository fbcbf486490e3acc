import { expect, test } from 'vitest';
import { fitting } from './fitting';

test('as many rows as fit whole below the head', () => {
	expect(fitting(348, 48, 100)).toBe(3);
	expect(fitting(347, 48, 100)).toBe(2);
	expect(fitting(148, 48, 100)).toBe(1);
	expect(fitting(147, 48, 100)).toBe(0);
});

test('none where there is less room than the head takes, or before anything was measured', () => {
	expect(fitting(20, 48, 100)).toBe(0);
	expect(fitting(0, 0, 0)).toBe(0);
	expect(fitting(500, 48, 0)).toBe(0);
	expect(fitting(500, 0, 100)).toBe(0);
});
