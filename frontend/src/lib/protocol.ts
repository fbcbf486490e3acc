/**
 * The wire, version 1: the frames of docs/protocol.md as types, which both pages use.
 * Field names are the wire's own (snake_case).
 */

export const LIMITS = { message: 65536, frame: 524288, topic: 64, user_id: 64, id: 64, name: 64, topics: 32 } as const;

export type Audience = 'everyone' | 'topic' | 'private';
export type TopicKind = 'open' | 'announce';

/** Who wrote a message: a client, the operator, or a program with a token. A client that gave no name has name "". */
export interface Sender {
	user_id?: string;
	operator?: boolean;
	program?: boolean;
	name: string;
}

/** priority: 1 (lowest) to 5 (urgent); 4 is important, absent is 3 (normal). time: RFC 3339 UTC, milliseconds. */
export interface Message {
	type: 'message';
	seq: number;
	id?: string;
	time: string;
	audience: Audience;
	topic?: string;
	/** The client whose private conversation this is; only with audience "private". */
	user_id?: string;
	from: Sender;
	message: string;
	title?: string;
	priority?: number;
	ack?: string;
	reply_to?: number;
	/** Labels that a program gave it: at most 8 of at most 32 bytes, plain text. */
	tags?: string[];
	/** The http or https address that a program's message is about: opened by a press alone. */
	click?: string;
}

export interface Topic {
	topic: string;
	title: string;
	kind: TopicKind;
	archived: boolean;
}

export interface Counts {
	type: 'counts';
	subscribers: number;
	clients: number;
}

export interface Welcome {
	type: 'welcome';
	protocol: number;
	user_id: string;
	token?: string;
	epoch: string;
	seq: number;
	time: string;
	limits: Record<string, number>;
	/** The name that this person has, where it is not the one that was asked for: a personal code brings its own. */
	name?: string;
	/** What waits for this person and may not be sent: from before this page was here, or left out of its recovery. */
	asks?: number[];
	/** Where the other machines of the room can be reached, as "http://192.168.1.24:8000/". */
	nodes?: string[];
	/** This machine keeps nothing and hears nothing new: it reaches too few of the others. */
	cut_off?: boolean;
}

/** Where the other machines of the room can be reached from now on, and whether this one is cut off from them. */
export interface Nodes {
	type: 'nodes';
	nodes: string[];
	cut_off?: boolean;
}

export interface Accepted {
	type: 'accepted';
	id: string;
	seq: number;
	time: string;
}

/** code is stable (docs/protocol.md lists them all); message is a sentence for a person. */
export interface ErrorFrame {
	type: 'error';
	code: string;
	message: string;
	action?: string;
	id?: string;
	seq?: number;
	retry_ms?: number;
	field?: 'user_id' | 'name';
	/** With identity_taken and field "name": a name like the one asked for, which is free. */
	free?: string;
	/** The operator has blocked this person or network. */
	blocked?: boolean;
}

export interface Topics {
	type: 'topics';
	topics: Topic[];
}

/**
 * The end of a recovery: from is the first seq from which nothing is missing, to the position reached. gone: some of
 * what was left out can no longer be had from history either.
 */
export interface Recovered {
	type: 'recovered';
	topics: string[];
	from: number;
	to: number;
	complete: boolean;
	gone: boolean;
	epoch: string;
}

/** A page of what came before, in rising seq. acked: those in it that this person has acknowledged. */
export interface History {
	type: 'history';
	id?: string;
	messages: Message[];
	more: boolean;
	acked: number[];
}

/** The operator took a message back: its text is erased everywhere. */
export interface Withdrawn {
	type: 'withdrawn';
	seq: number;
	of: number;
}

/** This person's acknowledgement is stored. */
export interface Acked {
	type: 'acked';
	seq: number;
	time: string;
}

/** A message that still waits for this person's acknowledgement. */
export interface Remind {
	type: 'remind';
	seq: number;
}

/**
 * In the lobby: the operator has been asked. What follows, maybe much later, is `welcome`, or the error "not_allowed"
 * with the reason and close 4003.
 */
export interface WaitingFrame {
	type: 'waiting';
}

/** What the room and the operator are called from now on. */
export interface RoomFrame {
	type: 'room';
	name: string;
	operator: string;
}

/** Whether this person may write: the operator has muted them, or has not. */
export interface MutedFrame {
	type: 'muted';
	muted: boolean;
}

/** The operator has put this person into topics, or taken them out: the device is subscribed, or is not any more. */
export interface MemberFrame {
	type: 'joined' | 'parted';
	topics: string[];
}

/** Up to where the operator has seen what this person wrote. */
export interface Seen {
	type: 'seen';
	seq: number;
}

/** Frames from the server. */
export type ServerFrame =
	| Welcome
	| Topics
	| Message
	| Accepted
	| ErrorFrame
	| Counts
	| Recovered
	| History
	| Withdrawn
	| Acked
	| Remind
	| WaitingFrame
	| RoomFrame
	| MutedFrame
	| MemberFrame
	| Seen
	| Nodes;

/** The cursor: from where a returning client recovers what it missed. */
export interface Since {
	since: number;
	epoch: string;
	/** The newest so many of what was missed are enough. */
	limit?: number;
}

/** Frames to the server. */
export type ClientFrame =
	/** code: the six digits as they were typed, the secret of the QR code, or a personal code. */
	| ({
			action: 'hello';
			name?: string;
			user_id?: string;
			token?: string;
			code?: string;
			topics?: string[];
	  } & Partial<Since>)
	| ({ action: 'subscribe'; user_id?: string; topics?: string[] } & Partial<Since>)
	| { action: 'unsubscribe'; topics?: string[] }
	| { action: 'notify'; message: string; id?: string; topic?: string; reply_to?: number }
	| { action: 'received' | 'read'; seq: number; topic?: string }
	| { action: 'ack'; seq: number }
	| { action: 'history'; id: string; topic?: string; before?: number; limit?: number }
	| { action: 'leave' };

/** A refused handshake as JSON (403, 429, 503), also to a plain GET of /ws/client. */
export interface Refusal {
	code: string;
	message: string;
	retry_ms?: number;
	blocked?: boolean;
	/** With code "cut_off": where the other machines of the room can be reached, and the epoch that names the log to them. */
	nodes?: string[];
	epoch?: string;
}

/** Access mode: by a name alone, a join code, the operator's consent, or a personal code. */
export type Access = 'open' | 'code' | 'approval' | 'list';

/** The answer of GET /room, for the page before it joins. */
export interface Room {
	name: string;
	access: Access;
	/** The name that the operator's messages are from. */
	operator: string;
	/** How many people are here; in an open room alone. */
	people?: number;
}

/** Close codes (docs/protocol.md lists them). 1006 always means: reconnect. */
export const CLOSE = {
	left: 1000,
	goingAway: 1001,
	badText: 1007,
	tooBig: 1009,
	removed: 4001,
	tooSlow: 4002,
	notAllowed: 4003,
	full: 4004,
} as const;

/** Terminal codes: after these the page must not reconnect by itself. */
export const TERMINAL: ReadonlySet<number> = new Set([CLOSE.left, CLOSE.removed, CLOSE.notAllowed]);
