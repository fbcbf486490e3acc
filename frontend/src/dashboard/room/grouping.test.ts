import { expect, test } from 'vitest';
import type { Message } from '../../lib/protocol';
import { beginsDay, goesOn } from './grouping';

const at = (minute: number, day = 22) => new Date(2026, 10, day, 10, minute).toISOString();

function message(change: Partial<Message> = {}): Message {
	return {
		type: 'message',
		seq: 1,
		id: 'm1',
		time: at(0),
		audience: 'topic',
		topic: 'line-2',
		from: { user_id: 'ana', name: 'Ana' },
		message: 'x',
		...change,
	};
}

test('what one person says to the same people within 15 minutes is read as one', () => {
	const first = message();
	expect(goesOn(message({ time: at(15) }), first)).toBe(true);
	expect(goesOn(message({ time: at(16) }), first)).toBe(false);
	expect(goesOn(message({ from: { user_id: 'ben', name: 'Ana' } }), first)).toBe(false);
	expect(goesOn(message({ from: { user_id: 'ana', name: 'Ana Lima' } }), first)).toBe(false);
	expect(goesOn(message({ from: { operator: true, name: 'Ana' } }), first)).toBe(false);
	const program = message({ from: { program: true, name: 'Ana' } });
	expect(goesOn(program, program)).toBe(true);
	expect(goesOn(program, message({ from: { name: 'Ana' } }))).toBe(false);
	expect(goesOn(message(), undefined)).toBe(false);
});

test('another audience, and what is important or urgent, has a heading of its own', () => {
	const first = message();
	expect(goesOn(message({ topic: 'line-1' }), first)).toBe(false);
	expect(goesOn(message({ audience: 'private', topic: undefined }), first)).toBe(false);
	const toAna = message({ audience: 'private', topic: undefined, user_id: 'ana', from: { operator: true, name: '' } });
	expect(goesOn(toAna, toAna)).toBe(true);
	expect(goesOn({ ...toAna, user_id: 'ben' }, toAna)).toBe(false);
	for (const priority of [4, 5] as const) {
		expect(goesOn(message({ priority }), first)).toBe(false);
		expect(goesOn(message(), message({ priority }))).toBe(false);
	}
});

test('a day begins where the date of this computer changes', () => {
	expect(beginsDay(message(), undefined)).toBe(true);
	expect(beginsDay(message({ time: at(30) }), message())).toBe(false);
	expect(beginsDay(message({ time: at(0, 23) }), message())).toBe(true);
	const late = message({ time: new Date(2026, 10, 22, 23, 59).toISOString() });
	expect(goesOn(message({ time: new Date(2026, 10, 23, 0, 1).toISOString() }), late)).toBe(false);
});
