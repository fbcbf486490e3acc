import type { Message } from '../../lib/protocol';
import { dayHeading } from '../../lib/format';

/** Two messages further apart than this are not read as one. */
const APART = 15 * 60_000;

/** What one side wrote in a row. */
export interface Turn {
	mine: boolean;
	/** The name of the program that wrote it, to this person alone. */
	program?: string;
	messages: readonly Message[];
}

/** What was said on one day. */
export interface ThreadDay {
	name: string;
	turns: readonly Turn[];
}

/** A conversation as days, and each day as turns. */
export function inTurns(messages: readonly Message[], now: number): ThreadDay[] {
	const days: { name: string; turns: (Turn & { messages: Message[] })[] }[] = [];
	for (const message of messages) {
		const name = dayHeading(message.time, now);
		if (days.at(-1)?.name !== name) days.push({ name, turns: [] });
		const { turns } = days.at(-1)!;
		const mine = message.from.operator === true;
		const program = message.from.program ? message.from.name : undefined;
		const turn = turns.at(-1);
		if (turn?.mine === mine && turn.program === program && age(turn.messages.at(-1)!, message) <= APART)
			turn.messages.push(message);
		else turns.push({ mine, ...(program !== undefined && { program }), messages: [message] });
	}
	return days;
}

function age(before: Message, after: Message): number {
	return new Date(after.time).getTime() - new Date(before.time).getTime();
}
