import type { Refused } from './refusal';
import type { Cause, Link } from './socket';

/** Connection trouble: why there is no connection, and when the next attempt is; without until it is running. */
export interface Trouble {
	cause: Cause;
	until?: number;
	refused?: Refused;
}

// Shorter interruptions are not shown.
const WORTH_SAYING = 1_000;

/** The trouble to show for a link that is not open; before is what was shown last. */
export function troubleIn(link: Link, before: Trouble | undefined): Trouble | undefined {
	if (link.at === 'closed') return undefined;
	if (link.at !== 'waiting') return before && { cause: before.cause, refused: before.refused };
	const { cause, until, refused } = link;
	if (!before && !refused && until - Date.now() < WORTH_SAYING) return undefined;
	return { cause, until, refused };
}
