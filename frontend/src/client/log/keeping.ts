import type { Message } from '../../lib/protocol';
import type { Acks } from './acks.svelte';
import type { Asking } from './asking.svelte';
import type { Cursor } from './cursor';
import type { HistoryPages } from './history.svelte';
import type { Messages } from './messages.svelte';
import type { Outstanding } from './outstanding.svelte';
import type { ReceiptSender } from './receipts';
import { newest, type Snapshot } from './snapshot';

/** The parts of the page's log that a snapshot keeps. */
export interface Parts {
	readonly messages: Messages;
	readonly older: HistoryPages;
	readonly receipts: ReceiptSender;
	readonly acks: Acks;
	readonly asking: Asking;
	readonly outstanding: Outstanding;
	readonly cursor: Cursor;
	isOwn(message: Message): boolean;
}

/** A snapshot of all of them; undefined while a recovery is under way, or before the first welcome. */
export function takeSnapshot(parts: Parts, user_id: string): Snapshot | undefined {
	const { messages, older, receipts, acks, asking, outstanding, cursor } = parts;
	const { epoch, since, open } = cursor;
	if (since === undefined || open) return undefined;
	const floors = older.keep();
	const { items, floor } = newest(messages.all, 0);
	const kept = items.map(({ message, written }) => {
		const ack = acks.of(message.seq);
		return { message, ...(written && { written }), ...(ack.at === 'done' && { acked: ack.time }) };
	});
	return {
		...{ user_id, epoch, since, from: asking.from, messages: kept },
		floors: Object.fromEntries(Object.entries(floors).map(([of, from]) => [of, Math.max(from, floor)])),
		...{ streams: receipts.keep(), later: [...asking.later], asked: [...outstanding.seqs] },
		unread: messages.unread.filter(({ era }) => era === messages.era).map(({ message }) => message.seq),
	};
}

/** Gives each part what the snapshot has of it. */
export function restoreSnapshot(parts: Parts, snapshot: Snapshot): void {
	const { messages, older, receipts, acks, asking, outstanding, cursor } = parts;
	cursor.epoch = snapshot.epoch;
	cursor.since = snapshot.since;
	asking.from = snapshot.from;
	asking.later = new Set(snapshot.later);
	outstanding.add(snapshot.asked);
	older.restore(snapshot.floors);
	receipts.restore(snapshot.streams);
	const unread = new Set(snapshot.unread);
	for (const { message, written, acked } of snapshot.messages) {
		const own = parts.isOwn(message);
		const item = messages.add(message, own, written ? { written } : {});
		if (acked !== undefined) acks.acked(message.seq, acked);
		else if (!own) receipts.loaded(message);
		if (item && unread.has(message.seq)) messages.markUnread(item);
	}
	acks.restore(snapshot.epoch);
}
