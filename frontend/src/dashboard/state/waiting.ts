import type { Conversation, Operator } from '../operator/operator';

/** Pages that are read at most: whoever waits behind so many newer conversations is found once some of them are answered. */
const PAGES = 20;

/** The newest conversations, and as many older ones as it takes to have everybody who waits for an answer. */
export async function readConversations(operator: Pick<Operator, 'conversations'>): Promise<Conversation[]> {
	const all: Conversation[] = [];
	let found = 0;
	for (let page = 0; page < PAGES; page++) {
		const { conversations, more, waiting } = await operator.conversations(all.at(-1)?.seq ?? 0);
		all.push(...conversations);
		found += conversations.filter((one) => one.waiting_seq > 0).length;
		if (!more || found >= waiting) break;
	}
	return all;
}
