import { expect, test } from 'vitest';
import type { Topic } from '../../lib/protocol';
import { freeID, refuseID, refuseName, slug } from './topic-name';

test('a name becomes an ID that the server takes', () => {
	expect(slug('Küche & Bar')).toBe('kuche-bar');
	expect(slug('  Line 2!')).toBe('line-2');
	expect(slug('厨房')).toBe('');
	expect(refuseID('line-2', [])).toBe('');
	expect(refuseID('line-2', ['line-2'])).toContain('Another topic');
	expect(refuseID('Line 2', [])).toContain('lower-case');
	expect(refuseID('', [])).not.toBe('');
	expect(refuseID('x'.repeat(65), [])).toContain('64');
});

test('every name has an ID that is free, whatever its letters', () => {
	expect(freeID('Line 2', ['general'])).toBe('line-2');
	expect(freeID('Line 2!', ['line-2', 'line-2-2'])).toBe('line-2-3');
	expect(freeID('厨房', ['topic-1'])).toBe('topic-2');
	const long = 'x'.repeat(80);
	const second = freeID(long, [slug(long)]);
	expect([second.length, refuseID(second, [slug(long)])]).toEqual([64, '']);
});

test('two topics never have one name', () => {
	const kitchen: Topic = { topic: 'kitchen', title: 'Küche', kind: 'open', archived: false };
	expect(refuseName('Küche', [kitchen])).toContain('already');
	expect(refuseName('KUCHE', [kitchen])).toContain('already');
	expect(refuseName('Küche', [{ ...kitchen, archived: true }])).toContain('archived');
	expect(refuseName('Bar', [kitchen])).toBe('');
	expect(refuseName('', [])).not.toBe('');
});
