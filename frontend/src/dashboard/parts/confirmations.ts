import type { Operator } from '../operator/operator';
import type { Person } from '../state/person';
import type { Confirmation } from '../view.svelte';

/** Confirmations before actions on people: disconnect, block, free. */

const NO_REASON = 'No reason, if left empty';

/** Confirmation before a person is disconnected. */
export function askRemove(operator: Operator, person: Person): Confirmation {
	const all = person.conns.length > 1 ? `All ${person.conns.length} connections end` : 'The connection ends';
	return {
		title: `Disconnect ${person.label}?`,
		text: `${all} at once. The page says why and does not come back by itself.`,
		act: 'Disconnect',
		reason: NO_REASON,
		go: (reason) => operator.disconnect(person.user_id, reason),
	};
}

/** Confirmation before a person is blocked. */
export function askBlockPerson(operator: Operator, userID: string, label: string): Confirmation {
	return {
		title: `Block ${label}?`,
		text: 'They are out at once and cannot come back, from whatever device they are known on. You lift it in Settings, Who comes in.',
		act: 'Block',
		reason: NO_REASON,
		go: (reason) => operator.block({ userID }, reason),
	};
}

/** Confirmation before an address or a network is blocked; others: how many other people are there now, if known. */
export function askBlockAddress(operator: Operator, address: string, others?: number): Confirmation {
	const who =
		others === undefined
			? 'Who is in from there is out at once.'
			: others === 0
				? 'Nobody else is there now.'
				: `${others} other ${others === 1 ? 'person is' : 'people are'} there now, and out too.`;
	return {
		title: `Block ${address}?`,
		text: `Nobody comes in from this address any more. ${who} You lift it in Settings, Who comes in.`,
		act: 'Block',
		reason: NO_REASON,
		go: (reason) => operator.block({ address }, reason),
	};
}

/** Confirmation before a person's id and name are freed. */
export function askFree(operator: Operator, person: Person): Confirmation {
	return {
		title: `Free the name of ${person.label}?`,
		text: 'Their connections end, and their device has to come in anew. Whoever takes the name next gets the name alone, never the conversation.',
		act: 'Free the name',
		go: () => operator.free(person.user_id),
	};
}
