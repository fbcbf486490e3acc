import { expect, test } from 'vitest';
import type { Message } from '../../lib/protocol';
import { inTurns } from './lines';

const at = (minute: number) => new Date(2026, 10, 22, 10, minute).toISOString();
const said = (seq: number, from: Message['from'], minute: number): Message => ({
	...{ type: 'message', seq, time: at(minute), audience: 'private', user_id: 'ana' },
	...{ from, message: `m${seq}` },
});

test('what one side wrote in a row is one turn, and a program is neither side', () => {
	const [ana, you] = [
		{ user_id: 'ana', name: 'Ana' },
		{ operator: true, name: 'Sam' },
	];
	const [day] = inTurns(
		[
			said(1, ana, 0),
			said(2, ana, 5),
			said(3, ana, 30),
			said(4, { program: true, name: 'grafana' }, 31),
			said(5, { program: true, name: 'door' }, 31),
			said(6, you, 32),
		],
		Date.now(),
	);
	expect(day!.turns.map(({ mine, program, messages }) => [mine, program, messages.length])).toEqual([
		[false, undefined, 2],
		[false, undefined, 1],
		[false, 'grafana', 1],
		[false, 'door', 1],
		[true, undefined, 1],
	]);
});
