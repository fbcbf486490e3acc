import { senderName } from '../../lib/people';
import type { Message, Sender } from '../../lib/protocol';

/** Who wrote a message, as the operator reads it. */
export function writerOf(from: Sender): string {
	return from.operator ? 'You' : senderName(from);
}

/** Whether a person wrote it, rather than the operator or a program. Only a person waits for an answer. */
export function isByPerson({ from }: Pick<Message, 'from'>): boolean {
	return !from.operator && !from.program;
}

/** Whether it is announced, so that the server keeps receipts: by the operator or a program, to many. */
export function isAnnouncement(message: Message): boolean {
	return !isByPerson(message) && message.audience !== 'private';
}
