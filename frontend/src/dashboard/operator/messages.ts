/** Messages: broadcast, history, search, export, and receipts. */
import type { Message } from '../../lib/protocol';

/** Repetition: those who have not acknowledged are reminded every so many minutes, so many times. */
export interface Repeat {
	every: number;
	times: number;
}

export interface Broadcast {
	message: string;
	/** Neither topic nor user_id: everyone. */
	topic?: string;
	user_id?: string;
	title?: string;
	priority?: number;
	reply_to?: number;
	/** The epoch of the log that reply_to is of: another log drops it. */
	epoch?: string;
	/** The words on a button that asks for an acknowledgement. */
	ack?: string;
	repeat?: Repeat;
	/** Random, made once for each message: sending it again with the same one sends it once. */
	message_id: string;
}

/** before is exclusive, and so is after; neither: the newest. limit: at most 200. In rising seq. */
export interface HistoryQuery {
	topic?: string;
	user_id?: string;
	before?: number;
	after?: number;
	limit?: number;
	/** The epoch of the log that after is of. */
	epoch?: string;
}

export interface HistoryPage {
	messages: Message[];
	/** There are more in the direction asked for. */
	more: boolean;
	/** Messages withdrawn meanwhile, and the seq that this page reaches: with after alone. */
	withdrawn?: number[];
	to?: number;
	/** after and its epoch are of another log: the page is empty. */
	gone?: boolean;
}

/** Receipt counts of one message of the operator's. sent: its recipients; guests: recipients without a name, beside them. */
export interface Receipts {
	seq: number;
	sent: number;
	received: number;
	read: number;
	acked: number;
	guests: number;
	/** When the operator closed the announcement; absent while it is open. */
	closed?: string;
	who?: Recipient[];
}

/** One person a message was for. connected: then, else away. Times are "" where it has not happened. */
export interface Recipient {
	user_id: string;
	name: string;
	connected: boolean;
	received: string;
	read: string;
	acked: string;
}

/** repeats: what is left of a message's repetition, by its seq. */
export interface ReceiptsAnswer {
	receipts: Receipts[];
	repeats: Record<string, Repeat>;
}

/** The missing receipt by which recipients are selected. */
export type Missing = 'received' | 'read' | 'ack';

/** Narrowed by what is given: every word of text, the last as a beginning; until is exclusive. */
export interface FindQuery {
	text: string;
	user_id: string;
	topic: string;
	kind: '' | 'announcement' | 'private' | 'chat';
	from: string;
	until: string;
	before?: number;
	limit?: number;
}

/** Newest first. What is newer than indexed is not searched yet; last is the newest seq. */
export interface FindPage {
	messages: Message[];
	more: boolean;
	indexed: number;
	last: number;
}

export interface ExportQuery extends FindQuery {
	format: 'csv' | 'jsonl' | 'report';
	/** Which announcement a report is of. */
	seq?: number;
	/** The time zone of a table's times, by its name; without one they are UTC as programs read it. */
	zone?: string;
	/** What separates the cells of a table; commas where it is left out. */
	separator?: 'comma' | 'semicolon';
}

/** A file that was saved. */
export interface Exported {
	name: string;
	bytes: number;
}

/** One person's private conversation with the operator: its newest message, with the first 200 characters of its text. */
export interface Conversation {
	user_id: string;
	name: string;
	seq: number;
	time: string;
	text: string;
	/** The operator wrote it. */
	operator: boolean;
	/** Since when the person waits for an answer, and the first and the last message that do; "" and 0 where they do not. */
	waiting: string;
	waiting_seq: number;
	waiting_newest: number;
	/** Up to where the operator has seen what the person wrote. */
	seen: number;
}

/** waiting: in how many of all somebody waits; unseen: in how many of these since a message that the operator has not seen. */
export interface ConversationsAnswer {
	conversations: Conversation[];
	more: boolean;
	waiting: number;
	unseen: number;
}
