import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Welcome } from '../../lib/protocol';
import { Moving } from './moving';
import type { Cause, Link } from './socket';

const here = location.origin;
const b = 'http://b.example:8000/';
const c = 'http://c.example:8000/';
let there: Set<string>;
let asked: string[];
let found: string[];
let moving: Moving;

beforeEach(() => {
	vi.useFakeTimers();
	there = new Set([b, c]);
	asked = [];
	found = [];
	moving = new Moving(
		(url) => {
			asked.push(url);
			return Promise.resolve(there.has(url.replace(/ws\/here.*/u, '')));
		},
		() => 0,
	);
	moving.onfound = (url) => found.push(url);
});
afterEach(() => vi.useRealTimers());

const welcome = (nodes?: string[]) => moving.welcomed({ epoch: 'E', nodes } as Welcome);
const waiting = (cause: Cause, refused?: object) =>
	moving.linked({ at: 'waiting', until: 0, cause, ...(refused && { refused }) } as Link);
const lost = (times: number) => {
	for (let i = 0; i < times; i++) {
		moving.linked({ at: 'connecting' });
		waiting('unreachable');
	}
};

test('a machine that does not answer three times is left for another one that says it is there', async () => {
	welcome([b, c]);
	there.delete(b);
	lost(2);
	await vi.runAllTimersAsync();
	expect(asked).toEqual([]);
	lost(1);
	await vi.runAllTimersAsync();
	expect(asked).toEqual([`${b}ws/here?epoch=E`, `${c}ws/here?epoch=E`]);
	expect(found).toEqual([c]);
});

test('whoever is sent away goes at once, though not all at the same time', async () => {
	moving = new Moving(
		() => Promise.resolve(true),
		() => 0.5,
	);
	moving.onfound = (url) => found.push(url);
	welcome([b, c]);
	waiting('restarting');
	await vi.advanceTimersByTimeAsync(499);
	expect(found).toEqual([]);
	await vi.advanceTimersByTimeAsync(1);
	expect(found).toEqual([c]);
});

test('who is connected again stays', async () => {
	welcome([b]);
	waiting('restarting');
	moving.linked({ at: 'open' });
	await vi.runAllTimersAsync();
	expect(found).toEqual([]);
});

test('an answer that comes once the page is connected again is none', async () => {
	let answer: (there: boolean) => void = () => {};
	moving = new Moving(() => new Promise((resolve) => (answer = resolve)));
	moving.onfound = (url) => found.push(url);
	welcome([b]);
	lost(3);
	await vi.runAllTimersAsync();
	moving.linked({ at: 'open' });
	answer(true);
	await vi.runAllTimersAsync();
	expect(found).toEqual([]);
});

test('a machine that is cut off names the others; where none is there, it is asked to let the page stay', async () => {
	const refused = { code: 'cut_off', message: '', final: false, nodes: [b], epoch: 'F' };
	waiting('refused', refused);
	await vi.runAllTimersAsync();
	expect(asked).toEqual([`${b}ws/here?epoch=F`]);
	expect(found).toEqual([b]);
	expect(moving.stay).toBe(false);
	there.clear();
	waiting('refused', refused);
	await vi.runAllTimersAsync();
	expect(found).toEqual([b]);
	expect(moving.stay).toBe(true);
	welcome([b]);
	expect(moving.stay).toBe(false);
});

test('a page that was without a network looks for others again before it stays at a machine that is cut off', async () => {
	welcome([b]);
	there.clear();
	lost(3);
	waiting('restarting');
	await vi.runAllTimersAsync();
	expect(asked).not.toEqual([]);
	expect(moving.stay).toBe(false);
});

test('nobody is asked that this machine did not name, nor one of another scheme, nor this one', async () => {
	welcome();
	lost(5);
	await vi.runAllTimersAsync();
	moving.changed([
		`${here}/`,
		'https://b.example/',
		'http://b.example/path/',
		'javascript:alert(1)',
		'b',
		'http://u@b.example/',
	]);
	lost(1);
	await vi.runAllTimersAsync();
	expect(asked).toEqual([]);
	moving.changed([b]);
	lost(1);
	await vi.runAllTimersAsync();
	expect(found).toEqual([b]);
});

test('a refusal that is about this person sends nobody away', async () => {
	welcome([b]);
	for (let i = 0; i < 5; i++) waiting('refused', { code: 'full', message: '', final: false });
	await vi.runAllTimersAsync();
	expect(asked).toEqual([]);
});
