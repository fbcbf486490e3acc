import { beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../../lib/storage';
import type { Conversation } from '../operator/operator';
import { Attention, keyOf } from './attention.svelte';
import { message } from './testing';

const NOW = Date.parse('2026-11-22T10:30:00.000Z');

/** The observers of rows: a test says what is in sight. */
const rows = new Map<Element, (ratio: number) => void>();
class FakeObserver {
	constructor(private readonly tell: (entries: object[]) => void) {}
	observe(row: Element): void {
		rows.set(row, (ratio) =>
			this.tell([
				{
					isIntersecting: ratio > 0,
					intersectionRatio: ratio,
					intersectionRect: { height: 20 },
					rootBounds: { height: 800 },
				},
			]),
		);
	}
	disconnect(): void {}
}

let focus = true;
let store: Store;
const seen = vi.fn();
const settled = vi.fn();

beforeEach(() => {
	rows.clear();
	seen.mockClear();
	settled.mockClear();
	focus = true;
	vi.stubGlobal('IntersectionObserver', FakeObserver);
	document.hasFocus = () => focus;
	localStorage.clear();
	store = new Store('test.');
});

const attention = (isCopy = () => false) => new Attention(store, { seen, settled }, isCopy, () => NOW);
const call = (seq: number, who = 'ana', more = {}) =>
	message(seq, { audience: 'private', user_id: who, from: { user_id: who, name: who }, ...more });
const answer = (seq: number, who = 'ana') =>
	message(seq, { audience: 'private', user_id: who, from: { operator: true, name: '' } });

/** Brings the row of a message into sight; the returned function takes it away again. */
function show(on: Attention, seq: number, who = 'ana', ratio = 1): () => void {
	const row = document.createElement('div');
	const end = on.sight(call(seq, who))!(row) as () => void;
	rows.get(row)!(ratio);
	return end;
}

test('who wrote privately waits until the operator has answered, longest first', () => {
	const on = attention();
	on.take([call(1, 'ben'), call(2, 'ana'), call(3, 'ben'), message(4), answer(5, 'ana')]);
	expect(on.calls.map(({ userID, messages }) => [userID, messages.length])).toEqual([['ben', 2]]);
	on.take([call(6, 'ana')]);
	expect(on.calls.map(({ userID }) => userID)).toEqual(['ben', 'ana']);
	on.take([answer(7, 'ben')]);
	expect(on.calls.map(({ userID }) => userID)).toEqual(['ana']);
});

test('a program answers nobody, and waits for no answer', () => {
	const on = attention();
	const from = { program: true, name: 'grafana' };
	const toAna = message(2, { audience: 'private', user_id: 'ana', from });
	on.take([call(1), toAna]);
	expect(on.calls.map(({ messages }) => messages.map(({ seq }) => seq))).toEqual([[1]]);
	on.take([{ ...toAna, seq: 3, from: { ...from, user_id: 'grafana' } }]);
	expect(on.calls).toHaveLength(1);
	expect(on.sight(toAna)).toBeUndefined();
});

test('the order in which messages come, and how often, changes nothing', () => {
	const on = attention();
	on.take([answer(5)]);
	on.take([call(3), call(6), call(6)]);
	expect(on.calls[0]!.messages.map(({ seq }) => seq)).toEqual([6]);
	on.take([call(4, 'ben', { time: '2026-11-20T10:00:00.000Z' })]);
	expect(on.calls).toHaveLength(1);
});

test('a message is seen only on the screen of a window that has the focus', () => {
	const on = attention();
	const end = on.start();
	on.take([call(1)]);
	focus = false;
	show(on, 1);
	expect(on.unseen).toHaveLength(1);
	expect(on.called).toHaveLength(0);
	focus = true;
	dispatchEvent(new Event('focus'));
	expect(on.unseen).toHaveLength(0);
	expect(on.calls).toHaveLength(1);
	expect(seen).toHaveBeenCalledWith('ana', 1);
	end();
});

test('under a dialog, or with a corner in sight, nothing is seen', () => {
	const on = attention();
	on.take([call(1)]);
	on.covered = true;
	show(on, 1)();
	on.covered = false;
	show(on, 1, 'ana', 0.3);
	expect(on.unseen).toHaveLength(1);
});

test('seen counts without a gap', () => {
	const on = attention();
	on.take([call(1), call(2), call(3)]);
	show(on, 3);
	expect(on.unseen).toHaveLength(1);
	expect(seen).not.toHaveBeenCalled();
	show(on, 1);
	expect(seen).toHaveBeenLastCalledWith('ana', 1);
	show(on, 2);
	expect(seen).toHaveBeenLastCalledWith('ana', 3);
	expect(on.unseen).toHaveLength(0);
});

test('put away, the strip goes and the number stays, until more comes', () => {
	const on = attention();
	on.take([call(1)]);
	on.putAway(keyOf(on.calls[0]!));
	expect([on.called.length, on.unseen.length]).toEqual([0, 1]);
	on.take([call(2)]);
	expect(on.called).toHaveLength(1);
});

test('what was seen, and what needs no answer, holds after a reload, but not for another log', () => {
	const on = attention();
	on.take([call(1), call(2, 'ben')]);
	show(on, 1);
	on.settle(on.get('ben')!);
	const again = attention();
	again.take([call(1), call(2, 'ben')]);
	expect([again.calls.length, again.unseen.length]).toEqual([1, 0]);
	again.reset();
	again.take([
		call(1, 'ana', { time: '2026-11-22T10:20:00.000Z' }),
		call(2, 'ben', { time: '2026-11-22T10:20:00.000Z' }),
	]);
	expect(again.unseen).toHaveLength(2);
});

test('what needs no answer is told, again by the next page where the server does not know it', () => {
	const on = attention();
	on.take([call(1), call(2)]);
	on.settle(on.get('ana')!);
	expect(settled.mock.calls).toEqual([['ana', 2]]);
	const { time } = call(2);
	attention().know([known('ana', { seq: 2, time, waiting: time, waiting_seq: 1, waiting_newest: 2 })]);
	expect(settled).toHaveBeenCalledTimes(2);
	attention().know([known('ana', { seq: 3, time, waiting: time, waiting_seq: 3 })]);
	expect(settled).toHaveBeenCalledTimes(2);
});

test('what was settled on another dashboard waits no more on this one, until more comes', () => {
	const on = attention();
	on.take([call(1), call(2)]);
	on.know([known('ana', { seq: 2 })]);
	expect(on.calls).toEqual([]);
	on.take([call(3)]);
	expect(on.calls.map(({ last }) => last.seq)).toEqual([3]);
});

test('a message that was not seen counts behind a copy of an announcement and one that was', () => {
	const on = attention();
	const time = '2026-11-22T10:20:00.000Z';
	on.know([known('ana', { operator: true, seq: 9, time, waiting: time, waiting_seq: 2, waiting_newest: 8, seen: 2 })]);
	expect(on.unseen.map(({ last }) => last.seq)).toEqual([8]);
});

test('a deleted message calls nobody', () => {
	const on = attention();
	on.take([call(1), call(2)]);
	on.drop([2]);
	expect(on.calls[0]!.last.seq).toBe(1);
	on.drop([1]);
	expect(on.calls).toHaveLength(0);
});

const known = (user_id: string, more: Partial<Conversation>): Conversation => ({
	user_id,
	name: user_id,
	seq: 9,
	time: '2026-11-22T10:20:00.000Z',
	text: 'from the server',
	operator: false,
	waiting: '',
	waiting_seq: 0,
	waiting_newest: more.waiting_seq ?? 0,
	seen: 0,
	...more,
});

test('the server knows who waits since when, what was answered, and what another dashboard has seen', () => {
	const on = attention();
	on.take([call(8, 'ben'), call(9, 'ana')]);
	on.know([
		known('ana', { operator: true, seq: 9 }),
		known('ben', { seq: 8, waiting: '2026-11-22T09:00:00.000Z', waiting_seq: 2, waiting_newest: 8, seen: 8 }),
		known('cleo', { waiting: '2026-11-20T08:00:00.000Z', waiting_seq: 9, time: '2026-11-20T08:00:00.000Z' }),
	]);
	expect(on.calls.map(({ userID, since, unseen }) => [userID, since, unseen])).toEqual([
		['cleo', '2026-11-20T08:00:00.000Z', false],
		['ben', '2026-11-22T09:00:00.000Z', false],
	]);
	expect(on.get('cleo')!.last.message).toBe('from the server');
});

test('an answer that came meanwhile is not undone by what the server said before it', () => {
	const on = attention();
	on.take([call(8, 'ana'), answer(10, 'ana')]);
	on.know([known('ana', { seq: 8, waiting: '2026-11-22T10:00:00.000Z', waiting_seq: 8 })]);
	expect(on.calls).toEqual([]);
});

test('a copy of an announcement answers nobody', () => {
	const on = attention(() => true);
	on.take([call(1, 'ana'), answer(2, 'ana')]);
	expect(on.calls).toHaveLength(1);
	const other = attention();
	other.take([call(1, 'ana'), answer(2, 'ana')]);
	other.know([known('ana', { operator: true, seq: 2, waiting: '2026-11-22T10:00:00.000Z', waiting_seq: 1 })]);
	expect(other.calls.map(({ last }) => last.seq)).toEqual([1]);
});

test('whoever had an answer that is deleted waits again, as the server says', () => {
	const on = attention();
	on.take([call(1, 'ana'), answer(2, 'ana')]);
	expect(on.calls).toEqual([]);
	on.drop([2]);
	on.know([known('ana', { seq: 1, waiting: '2026-11-22T10:00:00.000Z', waiting_seq: 1 })]);
	expect(on.calls.map(({ userID, last }) => [userID, last.seq])).toEqual([['ana', 1]]);
});

test('of thousands who wait only the call of whoever writes is made anew', () => {
	const on = attention();
	on.take(Array.from({ length: 2_000 }, (_, i) => call(i + 1, `p${i}`)));
	const before = new Map(on.calls.map((one) => [one.userID, one]));
	on.take([call(3_000, 'p7'), call(3_001, 'new')]);
	const made = on.calls.filter((one) => before.get(one.userID) !== one);
	expect(made.map(({ userID }) => userID)).toEqual(['p7', 'new']);
	expect(on.calls).toHaveLength(2_001);
	expect(on.calls.map(({ last }) => last.seq).filter((seq) => seq !== 3_000)).toEqual([
		...Array.from({ length: 2_000 }, (_, i) => i + 1).filter((seq) => seq !== 8),
		3_001,
	]);
});

test('what the server says again of a conversation changes nothing', () => {
	const on = attention();
	const time = '2026-11-22T10:00:00.000Z';
	const said = () => on.know([known('ana', { seq: 2, time, waiting: time, waiting_seq: 1, waiting_newest: 2 })]);
	said();
	const [before] = on.calls;
	said();
	expect(on.calls[0]).toBe(before);
	on.drop([2]);
	said();
	expect(on.calls.map(({ userID }) => userID)).toEqual(['ana']);
});

test('a message that was seen ahead counts once what was missing before it has been seen elsewhere', () => {
	const on = attention();
	on.take([call(1), call(2)]);
	show(on, 2)();
	expect(seen).not.toHaveBeenCalled();
	const time = '2026-11-22T10:00:00.000Z';
	on.know([known('ana', { seq: 2, seen: 1, time, waiting: time, waiting_seq: 1, waiting_newest: 2 })]);
	expect(seen.mock.calls).toEqual([['ana', 2]]);
});
