import type { Message } from '../../lib/protocol';
import { isByPerson } from './sender';

/**
 * Whether a private message of the operator's is a copy of an announcement, theirs or a program's, which it quotes, and so
 * answers nobody. What quotes a private message is a copy where both ask for the same acknowledgement: else the operator adds something.
 */
export function copies(message: Message, quoted: Message | undefined): boolean {
	if (!quoted || isByPerson(quoted)) return false;
	return quoted.audience !== 'private' || (!!message.ack && message.ack === quoted.ack);
}
