import { expect, test } from 'vitest';
import { clip } from './clip';

test('a long text is cut by letters and by lines, never within a letter', () => {
	expect(clip('short\ntext')).toBe('short\ntext');
	expect(clip('x'.repeat(5000))).toHaveLength(4000);
	expect(clip('line\n'.repeat(1000)).split('\n')).toHaveLength(40);
	expect(clip('\n'.repeat(60_000))).toBe('');
	expect(clip('x'.repeat(3999) + '🛎'.repeat(9))).toHaveLength(3999);
});
