import { expect, test } from 'vitest';
import { count, people } from './plural';

test('one of a thing is one', () => {
	expect([0, 1, 2, 2000].map(people)).toEqual(['0 people', '1 person', '2 people', '2,000 people']);
	expect([count(1, 'device'), count(2, 'device')]).toEqual(['1 device', '2 devices']);
});
