import type { Receipts } from '../operator/operator';

/** How far a message to so many people has come. */
export const counts = (sent: number, received: number, read: number, acked: number): Receipts => ({
	seq: 1,
	sent,
	received,
	read,
	acked,
	guests: 0,
});
