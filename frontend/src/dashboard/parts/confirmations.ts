import { number } from '../../lib/format';
import { count } from '../../lib/plural';
import type { Operator } from '../operator/operator';
import type { Person } from '../state/person';
import type { Confirmation } from '../view.svelte';

/** Confirmations before actions on people: remove, from the room or a topic, block, release a name. */

const OPTIONAL = 'Optional';
const UNDO = 'You can undo this in Settings → Access.';

/** Confirmation before a person is removed: they can join again. */
export function askRemove(operator: Operator, person: Person): Confirmation {
	const everywhere = person.conns.length > 1 ? ` on all ${number(person.conns.length)} devices` : '';
	return {
		title: `Remove ${person.label}?`,
		text: `They leave the room now${everywhere}. They can join again.`,
		act: 'Remove person',
		reason: OPTIONAL,
		go: (reason) => operator.disconnect(person.user_id, reason),
	};
}

/** Confirmation before a person is blocked: removed, and kept out. */
export function askBlockPerson(operator: Operator, userID: string, label: string): Confirmation {
	return {
		title: `Block ${label}?`,
		text: `They leave the room now and cannot join again from any device they have used. ${UNDO}`,
		act: 'Block person',
		reason: OPTIONAL,
		go: (reason) => operator.block({ userID }, reason),
	};
}

/** Confirmation before an address or a network is blocked; others: how many other people are there now, if known. */
export function askBlockAddress(operator: Operator, address: string, others?: number): Confirmation {
	const removed =
		others === undefined
			? 'People who use it leave the room now.'
			: others === 0
				? 'Nobody else uses it now.'
				: `${count(others, 'other person uses it and leaves', 'other people use it and leave')} the room now.`;
	return {
		title: `Block ${address}?`,
		text: `Nobody can join from this address any more. ${removed} ${UNDO}`,
		act: 'Block address',
		reason: OPTIONAL,
		go: (reason) => operator.block({ address }, reason),
	};
}

/** Confirmation before a person's id and name are released. */
export function askRelease(operator: Operator, person: Person): Confirmation {
	return {
		title: `Release the name of ${person.label}?`,
		text: 'They leave the room now and can join again as somebody new. Whoever takes the name next gets the name only, never the conversation.',
		act: 'Release name',
		go: () => operator.free(person.user_id),
	};
}

/** Confirmation before a person is taken out of a topic: they stay in the room. */
export function askRemoveMember(operator: Operator, person: Person, topic: string, title: string): Confirmation {
	return {
		title: `Remove ${person.label} from ${title}?`,
		text: `They stay in the room and get no more messages of ${title}. They can join it again.`,
		act: 'Remove from topic',
		go: () => operator.removeMembers(topic, [person.user_id]),
	};
}
