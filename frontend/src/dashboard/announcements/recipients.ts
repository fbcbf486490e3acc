import { displayName } from '../../lib/people';
import type { Recipient } from '../operator/operator';

/** How far a message has come with a person: 0 nowhere, 1 received, 2 read, 3 confirmed. */
function far({ received, read, acked }: Recipient): number {
	return acked ? 3 : read ? 2 : received ? 1 : 0;
}

/** Order of recipients: those with the fewest receipts first, then by name. */
export function silentFirst(a: Recipient, b: Recipient): number {
	return far(a) - far(b) || displayName(a.user_id, a.name).localeCompare(displayName(b.user_id, b.name));
}
