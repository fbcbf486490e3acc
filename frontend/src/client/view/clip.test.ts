import { describe, expect, it } from 'vitest';
import { clip, tame } from './clip';

describe('clip', () => {
	it('leaves what is short alone', () => {
		expect(clip('Rosa is here')).toBeUndefined();
		expect(clip('a\n'.repeat(39))).toBeUndefined();
		expect(clip('x'.repeat(4_000))).toBeUndefined();
	});

	it('shows the first lines of many, whole', () => {
		const lines = Array.from({ length: 60 }, (_, i) => `A${i}: ${i} crates`);
		expect(clip(lines.join('\n'))).toBe(lines.slice(0, 12).join('\n'));
	});

	it('shows the first letters of a long run, up to a blank where there is one', () => {
		expect(clip('x'.repeat(5_000))).toHaveLength(3_000);
		expect(clip('word '.repeat(1_000))!.endsWith('word')).toBe(true);
	});

	it('never cuts a surrogate pair', () => {
		expect(() => encodeURIComponent(clip(`x${'🔔'.repeat(3_000)}`)!)).not.toThrow();
	});

	it('is quick with a message of blank lines', () => {
		const begun = performance.now();
		expect(clip('\n'.repeat(65_536))).toBe('');
		expect(performance.now() - begun).toBeLessThan(100);
	});
});

describe('tame', () => {
	it('leaves every script’s own marks', () => {
		for (const text of ['Jovanović', 'שָׁלוֹם', 'ကြိုဆိုပါတယ်', 'สวัสดีครับ']) expect(tame(text)).toBe(text);
	});

	it('takes the tower from a letter', () => {
		expect(tame(`Z${'\u0301'.repeat(30_000)}a`)).toBe(`Z${'\u0301'.repeat(16)}a`);
	});
});
