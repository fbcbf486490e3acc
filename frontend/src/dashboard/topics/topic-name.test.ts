import { expect, test } from 'vitest';
import { refuse, slug } from './topic-name';

test('a title becomes a name that the server takes', () => {
	expect(slug('Küche & Bar')).toBe('kuche-bar');
	expect(slug('  Line 2!')).toBe('line-2');
	expect(slug('厨房')).toBe('');
	expect(refuse('line-2', [])).toBe('');
	expect(refuse('line-2', ['line-2'])).toContain('already');
	expect(refuse('Line 2', [])).toContain('lower-case');
	expect(refuse('', [])).not.toBe('');
	expect(refuse('x'.repeat(65), [])).toContain('64');
});
