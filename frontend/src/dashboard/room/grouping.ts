import type { Message } from '../../lib/protocol';

/** Two messages further apart than this are not read as one. */
const APART = 15 * 60_000;

/** Whether a message begins another day than the one before it. */
export function beginsDay(message: Message, before: Message | undefined): boolean {
	return !before || new Date(message.time).toDateString() !== new Date(before.time).toDateString();
}

/**
 * Whether a message goes on under the heading of the one before it: the same person, the same audience, soon after, on
 * the same day. Important and urgent ones stand alone, since their mark is part of the heading.
 */
export function goesOn(message: Message, before: Message | undefined): boolean {
	if (!before || beginsDay(message, before) || isMarked(message) || isMarked(before)) return false;
	const age = new Date(message.time).getTime() - new Date(before.time).getTime();
	return age <= APART && sameSender(message, before) && sameAudience(message, before);
}

function isMarked({ priority = 3 }: Message): boolean {
	return priority >= 4;
}

function sameSender({ from: a }: Message, { from: b }: Message): boolean {
	return a.operator === b.operator && a.program === b.program && a.user_id === b.user_id && a.name === b.name;
}

function sameAudience(a: Message, b: Message): boolean {
	return a.audience === b.audience && a.topic === b.topic && a.user_id === b.user_id;
}
