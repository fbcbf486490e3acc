import { expect, test } from 'vitest';
import { absent } from '../state/person';
import { changeInWords, inWords, refusalOf } from './membership';

test('a person beside their name: whether away, and in which other topics', () => {
	const away = absent({ user_id: 'ana', name: 'Ana', seen: '2026-11-22T10:00:00Z', topics: ['general', 'line-2'] });
	expect(inWords(away, (topic) => topic.toUpperCase())).toBe('away · LINE-2');
	expect(inWords({ ...away, away: '', topics: ['general'] }, String)).toBe('no topic');
});

test('who was not added is named, with the reason', () => {
	const one = { user_id: 'ana', code: 'not_allowed', message: 'This person is blocked.' };
	const name = (id: string) => id.toUpperCase();
	expect(refusalOf([], name)).toBe('');
	expect(refusalOf([one], name)).toBe('1 person was not added. ANA: This person is blocked.');
	expect(refusalOf([one, one, one, one, one], name)).toMatch(/^5 people .* And 2 more\.$/);
});

test('the button says what it changes', () => {
	expect(changeInWords(['Line 1'], [])).toBe('Add to Line 1');
	expect(changeInWords(['Line 1', 'Line 2'], [])).toBe('Add to 2 topics');
	expect(changeInWords([], ['Line 1'])).toBe('Remove from Line 1');
	expect(changeInWords(['Line 1'], ['Line 2'])).toBe('Save changes');
	expect(changeInWords([], [])).toBe('Add to topic');
});
