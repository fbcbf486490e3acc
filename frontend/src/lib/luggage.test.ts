import { expect, test } from 'vitest';
import { packed, unpacked } from './luggage';

const item = (id: string, letters = 10) => ({ id, text: 'ä'.repeat(letters), written: '2026-01-01', state: 'waiting' });
const all = { topics: ['general'], acks: ['E.7'], kept: { since: 7 }, draft: { text: 'half' }, from: 'http://a' };

test('what fits is all there', () => {
	const out = [item('1'), item('2')];
	expect(unpacked(packed({ ...all, out }))).toEqual({ ...all, out, left: 0 });
});

test('what does not fit stays, and what is behind it with it', () => {
	const out = [item('1'), item('2', 20_000), item('3')];
	const there = unpacked(packed({ ...all, out }))!;
	expect(there.out.map(({ id }) => id)).toEqual(['1']);
	expect(there.left).toBe(2);
	expect(there.draft).toEqual(all.draft);
	const long = unpacked(packed({ ...all, draft: { text: 'x'.repeat(70_000) }, out: [item('1')] }))!;
	expect(long.draft).toBeUndefined();
	expect(long.out).toHaveLength(1);
});

test.each([null, '', '7', '{}', '{"topics":[],"out":7,"acks":[]}', '[]', 'null'])('%s is none', (text) => {
	expect(unpacked(text)).toBeUndefined();
});

test('what has another shape is left out', () => {
	const text = '{"topics":["a",7],"acks":[7,"E.1"],"out":[{"id":"1"},{"id":2},null],"kept":7,"draft":null,"left":"x"}';
	expect(unpacked(text)).toEqual({ topics: ['a'], acks: ['E.1'], out: [{ id: '1' }], left: 0, from: '' });
});
