/**
 * The operator's side of Belfry as the dashboard sees it: one interface, two files behind it. `wails.ts` is the
 * desktop window (bound methods, coalesced events), `web.ts` is /server in a browser (WebSocket). Components and
 * state know only this file.
 *
 * A verb's promise rejects with an OperatorError; its message is a sentence fit for a person.
 */
import type { Access, Message, Topic, TopicKind } from '../protocol';
import type { AuditAnswer, BlockedAnswer, KeyAnswer, SessionInfo, Settings, SettingsAnswer } from './control';
import type { EntryCode, ImportAnswer, ListEntry, Waiting, WhoWaits } from './ways';

export type {
	AuditAnswer,
	AuditEntry,
	Ban,
	BlockedAnswer,
	KeyAnswer,
	NumberSetting,
	SessionInfo,
	Settings,
	SettingsAnswer,
	Switch,
} from './control';

export type { EntryCode, ImportAnswer, ListEntry, Waiting, WhoWaits } from './ways';

/** A refused or failed verb. code is the wire's stable code, or "lost" when there is no connection. */
export class OperatorError extends Error {
	constructor(
		readonly code: string,
		message: string,
		readonly retryMs?: number,
	) {
		super(message);
		this.name = 'OperatorError';
	}
}

/** One connected client. Times are RFC 3339 UTC; rtt_ms is -1 until a first ping was answered. */
export interface ClientInfo {
	/** The connection, unique while the server runs. Several connections may share one user_id. */
	conn: number;
	user_id: string;
	/** "" where none was given. */
	name: string;
	address: string;
	/** A short readable form of the User-Agent: "Android, Chrome". */
	browser: string;
	since: string;
	/** Topics this connection is subscribed to, sorted; none: it is no subscriber. */
	topics: string[];
	/** Messages this connection has sent. */
	messages: number;
	last_heard: string;
	rtt_ms: number;
	/** The operator lets this person read, but not write. */
	muted: boolean;
}

/** What changed in the list of clients since a revision. full: `clients` is the whole list, forget what you had. */
export interface ClientsAnswer {
	rev: number;
	full: boolean;
	clients: ClientInfo[];
	/** Connections that ended since then. */
	gone: number[];
	/** Who belongs to the room and is not connected; null where the asker has this revision of that list. */
	away: Away[] | null;
	away_rev: number;
}

/** A person who belongs to the room and is not connected. */
export interface Away {
	user_id: string;
	name: string;
	/** When they were last connected. */
	seen: string;
	topics: string[];
}

/** A way to this server. kind: "wifi" | "cable" | "virtual" | "loopback" | "other" | "name". */
export interface Address {
	/** The whole address for people to type: "http://192.168.1.24:8000/". */
	url: string;
	/** "192.168.1.24", "[fd12:8:1::24]", "belfry.local". */
	host: string;
	/** ":8000"; "" where the scheme's own port is used. */
	port: string;
	kind: string;
	/** The network interface: "wlan0". */
	interface: string;
	/** It is the default route's. */
	default: boolean;
}

/** A QR code: `size` modules square, `path` the dark ones as SVG path data (d) on that grid, quiet zone not included. */
export interface QR {
	size: number;
	path: string;
}

/** What keeps the server from running. code: "port_taken" | "folder" | "newer_log" | "in_use" | "start_failed". */
export interface Problem {
	code: string;
	message: string;
	hint: string;
	/** The port it tried, for the field that offers another. 0 where that is not the matter. */
	port: number;
}

/** What keeps new messages from being accepted, until it passes by itself. code: "disk_full" | "not_kept". */
export interface Trouble {
	code: string;
	message: string;
	since: string;
}

/**
 * What happened by itself. code: "code_changed" (200 wrong codes were tried: the six digits are others now, and QR codes
 * go on). It stays until dismissNotice(), newCode() or setAccess().
 */
export interface Notice {
	code: string;
	message: string;
	since: string;
}

/** The room as a whole. Pulled at the start and whenever an event carries another `state` revision. */
export interface State {
	/** "" until the operator has named the room. */
	name: string;
	access: Access;
	version: string;
	/** Set while the server does not run; the rest is then empty. */
	problem: Problem | null;
	trouble?: Trouble | null;
	/** When the server began to listen. */
	started: string;
	epoch: string;
	/** The newest message's seq; 0: none yet. */
	seq: number;
	/** Messages kept in the log. */
	kept: number;
	clients: number;
	subscribers: number;
	/** The address shown on the join card, and all that there are (the best first). */
	address: Address;
	addresses: Address[];
	/** What the QR code and the copy button carry: the address, with the secret behind it where one comes in by code. */
	join_url: string;
	/** The code of join_url. */
	qr: QR;
	/** The six digits, where one comes in by code; else "". */
	code: string;
	/** How many wait in the lobby. */
	waiting: number;
	/** What happened by itself and the operator should know; null where nothing did. */
	notice: Notice | null;
	/** The way in over TLS under certificates of the server's own; null while that is off. */
	secure?: Secure | null;
	/** The name announced on the network; null while that is off, or on a server that only this machine reaches. */
	local_name?: LocalName | null;
	/** Where the log is: a folder's path, or "memory". */
	data: string;
	topics: Topic[];
}

/** The way in over TLS, under certificates that the server makes itself. */
export interface Secure {
	/** "https://192.168.1.24:8443/", of the address shown; "" where it does not work. */
	url: string;
	port: number;
	/** The page that explains how to trust the authority: "http://192.168.1.24:8000/trust". */
	trust: string;
	/** SHA-256 of the authority's certificate: "AB:CD:…". */
	fingerprint: string;
	/** Names and addresses that the certificate is for. */
	names: string[];
	/** Until when the authority holds. */
	until: string;
	/** Why it does not work, a sentence, and what to do; "" where it works. */
	problem: string;
	hint: string;
}

/** The name announced on the network. name: "belfry.local", "" while it is asked for. problem: why none is held, or "". */
export interface LocalName {
	name: string;
	problem: string;
}

/**
 * Whether an address of the server answers, tried from the server's own machine. code: "answers" | "loopback" (bound to
 * this machine alone) | "silent" | "refused" | "other" (somebody else answers there) | "unknown" (no such address).
 */
export interface AddressTest {
	host: string;
	code: 'answers' | 'loopback' | 'silent' | 'refused' | 'other' | 'unknown';
	/** A sentence. */
	message: string;
	/** What to do, or to look at, one each. */
	hints: string[];
	/** Somebody on another machine has opened a page here since the start. */
	reached: boolean;
}

/** The last ten minutes, oldest first; one sample each `step` seconds, the last one still growing. */
export interface Stats {
	step: number;
	clients: number[];
	subscribers: number[];
	messages: number[];
}

/** What the dashboard is told, at most ten times a second: revisions, so that the page pulls what it shows. */
export interface OperatorEvent {
	clients: number;
	subscribers: number;
	/** The newest message's seq. */
	seq: number;
	/** Revision of the list of clients: pull clients(since). */
	clients_rev: number;
	/** Revision of State beyond counts and seq (topics, name, addresses, problem): pull state(). */
	state_rev: number;
	/** Revision of all receipts: pull receipts() of those in sight. */
	receipts_rev: number;
	/** Revision of the list of people who are away: pull clients(). */
	away_rev: number;
	/** Revisions of settings(), sessions(), audit() and blocked(). */
	settings_rev: number;
	sessions_rev: number;
	audit_rev: number;
	blocked_rev: number;
	/** Revisions of lobby() and list(). */
	lobby_rev: number;
	list_rev: number;
}

/** A message is brought back to those who have not acknowledged it: every so many minutes, so many times. */
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
}

export interface HistoryPage {
	messages: Message[];
	/** There are more in the direction asked for. */
	more: boolean;
	/** Messages taken back meanwhile, and how far the page reads: where read on with after alone. */
	withdrawn?: number[];
	to?: number;
}

/** What became of one message of the operator's. sent: the people it was for; guests: those beside them without a name. */
export interface Receipts {
	seq: number;
	sent: number;
	received: number;
	read: number;
	acked: number;
	guests: number;
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

/** What has not happened yet. */
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
}

/** A file that was saved. */
export interface Exported {
	name: string;
	bytes: number;
}

/**
 * "connecting": not yet; "live"; "lost": was there, tries again by itself (retryAt: epoch ms of the next try);
 * "key": the web door needs the operator's key. The window is always "live".
 */
export interface Connection {
	state: 'connecting' | 'live' | 'lost' | 'key';
	retryAt?: number;
	/** Why the key is asked for, where one was tried: "That is not the key." */
	reason?: string;
}

export interface Handlers {
	onconnection(connection: Connection): void;
	onevent(event: OperatorEvent): void;
	/** New messages in rising seq, in batches; none twice, none missing while live. After "lost" pull history(after). */
	onmessages(messages: Message[]): void;
	/** Messages that were taken back: they are gone from the log. */
	onwithdrawn(seqs: number[]): void;
	/** The native menu asks for something (window only). */
	oncommand(
		command: 'write' | 'announcements' | 'search' | 'settings' | 'find' | 'people' | 'feed' | 'keys' | 'join' | 'quit',
	): void;
}

export interface Operator {
	readonly door: 'window' | 'web';
	/** Begins to deliver to handlers; the returned function ends it. Call once. */
	start(handlers: Handlers): () => void;

	state(): Promise<State>;
	stats(): Promise<Stats>;
	/** since 0: the whole list. conns: just those, fresh figures (round trip, last heard), rev untouched. */
	clients(since: number, conns?: number[], awayRev?: number): Promise<ClientsAnswer>;
	history(query: HistoryQuery): Promise<HistoryPage>;
	broadcast(broadcast: Broadcast): Promise<{ seq: number; time: string }>;
	disconnect(userID: string, reason: string): Promise<void>;
	createTopic(topic: string, title: string, kind: TopicKind): Promise<void>;
	renameTopic(topic: string, title: string): Promise<void>;
	/** Archived: nothing new is written there; what was said can still be read. */
	archiveTopic(topic: string, archived: boolean): Promise<void>;
	/** What became of these messages; detail: also for whom. */
	receipts(seqs: number[], detail: boolean): Promise<ReceiptsAnswer>;
	/** Writes privately to everyone who lacks it, quoting the message; "" says the same text again. How many they are. */
	writeAgain(seq: number, missing: Missing, message: string, messageID: string): Promise<number>;
	stopRepeat(seq: number): Promise<void>;
	/** Takes a message back, anybody's: off every page, out of log and search. */
	withdraw(seq: number): Promise<void>;
	search(query: FindQuery): Promise<FindPage>;
	/**
	 * Saves a file, where the operator chooses in the window, as a download in a browser. onprogress: the share that is
	 * done. Undefined where it was cancelled: nothing is kept then.
	 */
	export(query: ExportQuery, onprogress: (share: number) => void, cancel: AbortSignal): Promise<Exported | undefined>;
	/** What the room is called on both pages. */
	setName(name: string): Promise<void>;
	/** Which address the join card and the QR code show: an Address.host, or "" for the default route's. */
	setAddress(host: string): Promise<void>;
	/** Tries whether an address answers, "" for the one shown: an Address.host. It takes up to three seconds. */
	testAddress(host: string): Promise<AddressTest>;

	/** Draws texts as QR codes, for cards to print: at most a hundred at once. */
	qrCodes(texts: string[]): Promise<QR[]>;
	settings(): Promise<SettingsAnswer>;
	/** Changes those given, which hold at once; the answer is all of them. */
	setSettings(change: Partial<Settings>): Promise<SettingsAnswer>;
	/** The password that opens a dashboard beside the key; "" removes it. At least ten characters: else "too_short". */
	setPassword(password: string): Promise<void>;
	/** Shows the operator's key; that is noted in the audit list. */
	key(): Promise<KeyAnswer>;
	/** Makes another key. All sessions but this one end. Refused where a flag gives the key. */
	newKey(): Promise<KeyAnswer>;
	sessions(): Promise<{ sessions: SessionInfo[] }>;
	/** Ends a session and its dashboards. */
	endSession(session: string): Promise<void>;
	/** Before an entry's n, 0: the newest; at most 200. */
	audit(before: number, limit: number): Promise<AuditAnswer>;
	blocked(): Promise<BlockedAnswer>;
	/** A muted person reads, but does not write. */
	mute(userID: string): Promise<void>;
	unmute(userID: string): Promise<void>;
	/** Keeps a person, or where address is given an address or network, out; they read the reason. */
	block(who: { userID: string } | { address: string }, reason: string): Promise<void>;
	unblock(who: { userID: string } | { address: string }): Promise<void>;

	/** How people come in. Who is connected stays. */
	setAccess(access: Access): Promise<void>;
	/** Six new digits; printed QR codes go on. */
	newCode(): Promise<{ code: string }>;
	/** Another secret for the QR code: printed ones end. */
	newSecret(): Promise<void>;
	dismissNotice(): Promise<void>;
	lobby(): Promise<{ waiting: Waiting[] }>;
	letIn(who: WhoWaits): Promise<void>;
	/** They read the reason, and are not to come back by themselves. */
	refuse(who: WhoWaits, reason: string): Promise<void>;
	/** By name. */
	list(): Promise<{ entries: ListEntry[] }>;
	addEntry(name: string): Promise<EntryCode>;
	/** A table of names: one a line, or CSV with a head that says "name", or "first name" and "last name". */
	importEntries(csv: string): Promise<ImportAnswer>;
	/** A new code for an entry, by its id; the old one ends. */
	renewEntry(id: string): Promise<EntryCode>;
	/** Its code ends. Who came in by it is not asked to leave. */
	removeEntry(id: string): Promise<void>;
	/** Frees a person's name and identity: their connections end, and their page is refused for good. */
	free(userID: string): Promise<void>;

	/** Web door: exchange the key, or the password, for a session. Window: not used. */
	signIn(key: string): Promise<void>;
	/** Web door: try at once instead of waiting. */
	retry(): void;
	/** Window: listen on another port after a Problem (kept in settings). */
	listen(port: number): Promise<void>;
	/** Window: answer to the question before quitting. */
	quit(): Promise<void>;
	/** Opens a link outside: the system's browser in the window, a new tab in a browser. */
	open(url: string): void;
	copy(text: string): Promise<boolean>;
}
