import type { Refused } from './refusal';
import type { Cause, Link } from './socket';

/** Why there is no connection, and when the next try is; without until it is under way. */
export interface Trouble {
	cause: Cause;
	until?: number;
	refused?: Refused;
}

// A connection that is back sooner than this was hardly away.
const WORTH_SAYING = 1_000;

/** What is to be said of a connection that is not open; before is what was said last. */
export function troubleIn(link: Link, before: Trouble | undefined): Trouble | undefined {
	if (link.at === 'closed') return undefined;
	if (link.at !== 'waiting') return before && { cause: before.cause, refused: before.refused };
	const { cause, until, refused } = link;
	if (!before && !refused && until - Date.now() < WORTH_SAYING) return undefined;
	return { cause, until, refused };
}
