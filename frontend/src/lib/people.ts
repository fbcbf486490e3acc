import type { Sender } from './protocol';

const GUEST = 'guest-';
const PLAIN = /^[\u0000-\u007f]*$/;

/**
 * Display name: the name a person gave, else a guest's short number, else "No name" and the user_id. A bare user_id is
 * never shown as a name: unlike names, ids are not reserved or checked, so one may look like somebody else's name.
 */
export function displayName(userID: string | undefined, name: string): string {
	if (name) return name;
	if (!userID) return 'Somebody';
	if (userID.startsWith(GUEST)) return `Guest ${userID.slice(userID.lastIndexOf('-') + 1).slice(-6)}`;
	return `No name (${userID.replace(/\p{C}/gu, '')})`;
}

/** The name that a message is from: the operator's, a program's, or a person's. */
export function senderName({ operator, program, user_id, name }: Sender): string {
	if (operator) return name || 'Operator';
	if (program) return name || 'A program';
	return displayName(user_id, name);
}

/** Folded text, for search and sorting: without case and without accents. */
export function fold(text: string): string {
	const lower = text.toLowerCase();
	// Unicode normalization costs ten times as much, and a search folds every message there is.
	return PLAIN.test(lower) ? lower : lower.normalize('NFD').replace(/\p{M}+/gu, '');
}
