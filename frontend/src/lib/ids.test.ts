import { expect, it } from 'vitest';
import { randomId } from './ids';

it('is 22 url-safe letters, each time others', () => {
	const made = new Set(Array.from({ length: 500 }, () => randomId()));
	expect(made.size).toBe(500);
	for (const id of made) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
});

it('is as long as asked', () => expect(randomId(8)).toHaveLength(8));
