import { expect, test, vi } from 'vitest';
import type { Conversation } from '../operator/operator';
import { readConversations } from './waiting';

const of = (seq: number, waiting_seq = 0) => ({ user_id: `p${seq}`, seq, waiting_seq }) as Conversation;

test('whoever waits is found behind newer conversations, and no further page is read then', async () => {
	const pages = new Map([
		[0, [of(9), of(8, 8)]],
		[8, [of(7), of(6)]],
		[6, [of(5, 4), of(3)]],
		[3, [of(2), of(1)]],
	]);
	const conversations = vi.fn(async (before: number) => ({
		conversations: pages.get(before)!,
		more: before !== 3,
		waiting: 2,
		unseen: 2,
	}));
	const found = await readConversations({ conversations });
	expect(found.map(({ seq }) => seq)).toEqual([9, 8, 7, 6, 5, 3]);
	expect(conversations.mock.calls.map(([before]) => before)).toEqual([0, 8, 6]);
});
