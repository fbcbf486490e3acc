import type { Message } from '../../lib/protocol';

/** A message to everyone from Ana. */
export const message = (seq: number, more: Partial<Message> = {}): Message => ({
	type: 'message',
	seq,
	time: '2026-11-22T10:00:00.000Z',
	audience: 'everyone',
	from: { user_id: 'ana', name: 'Ana' },
	message: `message ${seq}`,
	...more,
});
