import { expect, test } from 'vitest';
import type { Machine } from '../operator/operator';
import { machinesTrouble, machineState, missingWords, working } from './machines';

const machine = (node: string, more: Partial<Machine> = {}): Machine => ({
	...{ node, this: false, state: 'working', url: `http://${node}/`, version: '1', clients: 0, behind: 0 },
	...more,
});
const hall = machine('hall', { this: true });

test('a machine is said to be what is worst about it', () => {
	const words = (more: Partial<Machine>) => machineState(machine('b', more)).words;
	expect(words({ state: 'missing' })).toBe('not there');
	expect(words({ state: 'silent', behind: 900 })).toBe('does not answer');
	expect(words({ state: 'cut_off' })).toBe('cut off from the others');
	expect(words({ differs: true })).toBe('does not have the same messages');
	expect(words({ behind: 1240 })).toBe('1,240 changes behind');
	expect(words({ behind: 3 })).toBe('working');
});

test('one is named above the page by its name, more by their number; this one where it is not cut off', () => {
	expect(machinesTrouble([hall, machine('b')])).toBeUndefined();
	expect(machinesTrouble([{ ...hall, state: 'cut_off' }, machine('b')])).toBeUndefined();
	const told = { ...hall, trouble: 'One copy is missing.' };
	expect(machinesTrouble([told, machine('b')])).toEqual({
		title: 'A machine needs attention',
		says: 'One copy is missing.',
	});
	const silent = machine('b', { state: 'silent' });
	expect(machinesTrouble([hall, silent, machine('c')])).toEqual({ title: 'b: does not answer', says: '' });
	const two = [told, silent, machine('c', { state: 'missing' })];
	expect(machinesTrouble(two)).toEqual({ title: '2 machines of 3 need attention', says: 'One copy is missing.' });
});

test('one can go on where a machine works and is known', () => {
	const all = [hall, machine('b'), machine('c', { url: '' }), machine('d', { state: 'silent' })];
	expect(working(all).map(({ node }) => node)).toEqual(['b']);
	expect(working(undefined)).toEqual([]);
});

test('a list says who did not answer', () => {
	expect(missingWords(undefined, 'people')).toBe('');
	expect(missingWords(['b'], 'people')).toBe('b does not answer: people there may not be shown.');
	expect(missingWords(['b', 'c'], 'people')).toBe('b, c do not answer: people there may not be shown.');
});
