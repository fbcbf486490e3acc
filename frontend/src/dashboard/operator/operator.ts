/**
 * The operator's side of Belfry as the dashboard sees it: one interface, two files behind it. `wails.ts` is the
 * desktop window (bound methods, coalesced events), `web.ts` is /server in a browser (WebSocket). Components and
 * state know only this file.
 *
 * A verb's promise rejects with an OperatorError; its message is a sentence fit for a person.
 */
import type { Access, Message, TopicKind } from '../../lib/protocol';
import type {
	EntryCode,
	GrantsAnswer,
	ImportAnswer,
	ImportQuery,
	ListAnswer,
	RenewAnswer,
	UndoAnswer,
	Waiting,
	WhoWaits,
} from './access';
import type { AuditAnswer, BlockedAnswer, KeyAnswer, SessionInfo, Settings, SettingsAnswer } from './control';
import type {
	Broadcast,
	ExportQuery,
	Exported,
	ConversationsAnswer,
	FindPage,
	FindQuery,
	HistoryPage,
	HistoryQuery,
	Missing,
	ReceiptsAnswer,
} from './messages';
import type { ClientsAnswer, MembersAnswer } from './people';
import type { Programs } from './programs';
import type { AddressTest, QR, State, Stats } from './room';

export type * from './messages';
export type * from './people';
export type * from './programs';
export type * from './room';
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
	TextSetting,
} from './control';

export type {
	Encoding,
	EntryCode,
	GrantInfo,
	GrantsAnswer,
	RenewAnswer,
	ImportAnswer,
	ImportQuery,
	LastImport,
	ListAnswer,
	ListEntry,
	TableColumn,
	TableFile,
	UndoAnswer,
	Waiting,
	WhoWaits,
} from './access';

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

/** Event, at most ten times a second: revisions, on which the page pulls what it shows. */
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
	/** Revision of conversations(). */
	conversations_rev: number;
	/** Revisions of lobby(), list() and grants(). */
	lobby_rev: number;
	list_rev: number;
	grants_rev: number;
	/** Revisions of programs.tokens(), but for their last use, and programs.webhooks(). */
	tokens_rev: number;
	webhooks_rev: number;
}

/**
 * "connecting": not yet; "live"; "lost": was there, tries again by itself (retryAt: epoch ms of the next try);
 * "key": the web door needs the operator's key. The window is always "live".
 */
export interface Connection {
	state: 'connecting' | 'live' | 'lost' | 'key';
	retryAt?: number;
	/** Why the key is asked for, where one was tried: "That is not the key."; else why there is no connection, where known. */
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
	oncommand(command: Command): void;
}

/** What the native menu may ask of the page. */
export type Command =
	| 'write'
	| 'feed'
	| 'people'
	| 'announcements'
	| 'search'
	| 'settings'
	| 'find'
	| 'palette'
	| 'join'
	| 'larger'
	| 'smaller'
	| 'normal_size'
	| 'help'
	| 'keys'
	| 'about'
	| 'quit';

export interface Operator {
	readonly door: 'window' | 'web';
	readonly programs: Programs;
	/** Begins to deliver to handlers; the returned function ends it. Call once. */
	start(handlers: Handlers): () => void;

	state(): Promise<State>;
	stats(): Promise<Stats>;
	/** since 0: the whole list. conns: just those, fresh figures (round trip, last heard), rev untouched. */
	clients(since: number, conns?: number[], awayRev?: number, awaySkip?: number): Promise<ClientsAnswer>;
	history(query: HistoryQuery): Promise<HistoryPage>;
	broadcast(broadcast: Broadcast): Promise<{ seq: number; time: string }>;
	disconnect(userID: string, reason: string): Promise<void>;
	createTopic(topic: string, title: string, kind: TopicKind): Promise<void>;
	renameTopic(topic: string, title: string): Promise<void>;
	/** Puts people into a topic, here or away, at most 1,000; their devices are told. */
	addMembers(topic: string, userIDs: string[]): Promise<MembersAnswer>;
	removeMembers(topic: string, userIDs: string[]): Promise<MembersAnswer>;
	/** People with a private conversation, the newest first: before a seq, 0: the newest ones; at most 100. */
	conversations(before: number, limit?: number): Promise<ConversationsAnswer>;
	/** The operator has seen what that person wrote up to seq; their devices are told. */
	seen(userID: string, seq: number, epoch?: string): Promise<void>;
	/** What that person wrote up to seq needs no answer: they wait no more, on any dashboard. */
	settle(userID: string, seq: number, epoch?: string): Promise<void>;
	/** Archived: nothing new is written there; what was said can still be read. */
	archiveTopic(topic: string, archived: boolean): Promise<void>;
	/** Receipt counts of these messages; detail: with recipients. */
	receipts(seqs: number[], detail: boolean): Promise<ReceiptsAnswer>;
	/** Writes privately to everyone who lacks it, quoting the message; "" says the same text again. How many they are. */
	writeAgain(seq: number, missing: Missing, message: string, messageID: string, epoch?: string): Promise<number>;
	stopRepeat(seq: number, epoch?: string): Promise<void>;
	/** Ends the reminders of an announcement, which waits for nobody any more; its receipts go on. */
	closeAnnouncement(seq: number, epoch?: string): Promise<void>;
	reopenAnnouncement(seq: number, epoch?: string): Promise<void>;
	/** Takes a message back, anybody's: off every page, out of log and search. */
	withdraw(seq: number, epoch?: string): Promise<void>;
	search(query: FindQuery): Promise<FindPage>;
	/**
	 * Saves a file, where the operator chooses in the window, as a download in a browser. onprogress: the share that is
	 * done, 0 as soon as it is known where to. Undefined where it was cancelled: nothing is kept then.
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
	/**
	 * Web door: shows the key or the password again. key, newKey and setPassword are refused with "key_needed" where that was
	 * more than five minutes ago.
	 */
	prove(password: string): Promise<void>;
	/** Shows the operator's key, but not to who signed in with the password; that is noted in the audit list. */
	key(): Promise<KeyAnswer>;
	/** Makes another key. All sessions but this one end. Refused where a flag gives the key. */
	newKey(): Promise<KeyAnswer>;
	sessions(): Promise<{ sessions: SessionInfo[]; missing?: string[] }>;
	/** Ends a session and its dashboards. */
	endSession(session: string): Promise<void>;
	/** Before an entry's n, 0: the newest; at most 200. */
	audit(before: number, limit: number, seq?: number): Promise<AuditAnswer>;
	blocked(): Promise<BlockedAnswer>;
	/** A muted person reads, but does not write. */
	mute(userID: string): Promise<void>;
	unmute(userID: string): Promise<void>;
	/** Keeps a person, or where address is given an address or network, out; they read the reason. */
	block(who: { userID: string } | { address: string }, reason: string): Promise<void>;
	unblock(who: { userID: string } | { address: string }): Promise<void>;

	/** How people come in. Who is connected stays. */
	setAccess(access: Access): Promise<void>;
	/** Six new digits; printed QR codes go on. anew: who was let in so far is asked again; ended: how many. */
	newCode(anew: boolean): Promise<{ code: string; ended: number }>;
	/** Another secret for the QR code: printed ones end. anew as for newCode. */
	newSecret(anew: boolean): Promise<{ ended: number }>;
	/** Who was let in, and comes back without being asked. */
	grants(): Promise<GrantsAnswer>;
	/** One of them, or all, are asked again; putOut: their connections end too. */
	endGrants(who: { userID: string } | { all: true }, putOut: boolean): Promise<{ ended: number }>;
	dismissNotice(): Promise<void>;
	/** Ends a doubt: the settings that hold, or the machine's clock, are right. */
	confirm(doubt: string): Promise<void>;
	lobby(): Promise<{ waiting: Waiting[]; missing?: string[] }>;
	letIn(who: WhoWaits): Promise<void>;
	/** They read the reason, and are not to come back by themselves. */
	refuse(who: WhoWaits, reason: string): Promise<void>;
	/** By name. */
	list(): Promise<ListAnswer>;
	addEntry(name: string): Promise<EntryCode>;
	/** Puts the names of a table on the list, all that can be, or says which those would be. */
	importEntries(query: ImportQuery): Promise<ImportAnswer>;
	/** Removes the names of the last import. Who is in stays until they leave. */
	undoImport(): Promise<UndoAnswer>;
	/** A new code for an entry, by its id; the old one ends. putOut: so does what it opened, and who is in by it is out. */
	renewEntry(id: string, putOut: boolean): Promise<RenewAnswer>;
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
	/** Window: gives it this title; a browser shows the page's own. */
	title(words: string): void;
	/** Opens a link outside: the system's browser in the window, a new tab in a browser. */
	open(url: string): void;
	copy(text: string): Promise<boolean>;
}
