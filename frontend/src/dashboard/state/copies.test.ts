import { expect, test } from 'vitest';
import { copies } from './copies';
import { message } from './testing';

const ours = (audience: 'everyone' | 'private', ack?: string) =>
	message(1, { audience, from: { operator: true, name: '' }, ...(ack && { ack }) });
const again = (ack?: string) => message(2, { audience: 'private', reply_to: 1, ...(ack && { ack }) });

test('a copy quotes an announcement, or asks again for the same acknowledgement', () => {
	expect(copies(again(), ours('everyone'))).toBe(true);
	expect(copies(again('Coming'), ours('private', 'Coming'))).toBe(true);
	expect(copies(again(), ours('private'))).toBe(false);
	expect(copies(again(), ours('private', 'Coming'))).toBe(false);
	expect(copies(again('Coming'), ours('private', 'Here'))).toBe(false);
	expect(copies(again(), message(1))).toBe(false);
	expect(copies(again(), undefined)).toBe(false);
});
