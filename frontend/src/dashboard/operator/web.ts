import { socketAddress, withOrigin } from '../../lib/address';
import type { Access, Message, TopicKind } from '../../lib/protocol';
import { watchResume } from '../../lib/resume';
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
import { asError, Calls, type Answer } from './calls';
import type { AuditAnswer, BlockedAnswer, KeyAnswer, SessionInfo, Settings, SettingsAnswer } from './control';
import { copyText } from './copy';
import { download } from './download';
import {
	OperatorError,
	type AddressTest,
	type Broadcast,
	type ClientsAnswer,
	type ConversationsAnswer,
	type Exported,
	type ExportQuery,
	type FindPage,
	type FindQuery,
	type Handlers,
	type HistoryPage,
	type HistoryQuery,
	type MembersAnswer,
	type Missing,
	type Operator,
	type OperatorEvent,
	type QR,
	type ReceiptsAnswer,
	type State,
	type Stats,
} from './operator';
import { firstFrame, halfShown, keepHalf } from './session';
import { webPrograms } from './web-programs';
import { ReconnectingSocket, type Transport, type Verdict } from './socket';

/** Messages are delivered in batches, at most this often. */
const BATCH = 100;
/** After a batch of more than MANY messages the next one is delayed: nobody reads that fast. */
const MANY = 10;
const MANY_BATCH = 250;
/** After a longer absence the socket is probed. */
const DOUBT = 15_000;

type Receipt = { seq: number; time: string };

const SOCKET = 'ws/server';

const browserTransport: Transport = {
	dial: () => new WebSocket(socketAddress(SOCKET)),
	firstFrame,
	ask: () =>
		fetch(withOrigin(SOCKET), { cache: 'no-store', headers: halfShown() })
			.then(readVerdict)
			.catch(() => undefined),
};

/** A refusal by Belfry itself: what a proxy answers in its place has no code and sentence of ours. */
async function readRefusal(answer: Response): Promise<OperatorError | undefined> {
	const body = (await answer.json().catch(() => undefined)) as { code?: unknown; message?: unknown } | undefined;
	return typeof body?.code === 'string' && typeof body.message === 'string' ? asError(body) : undefined;
}

/** What the answer to a plain GET says about a handshake; undefined where it is not this server's. */
export async function readVerdict(answer: Response): Promise<Verdict | undefined> {
	// Whatever the body: a proxy may put a page of its own there.
	if (answer.status === 426) return { is: 'open' };
	const refusal = await readRefusal(answer);
	if (!refusal) return undefined;
	switch (answer.status) {
		case 401:
			return { is: 'key' };
		case 403:
			return refusal.retryMs ? { is: 'refused', reason: refusal.message } : { is: 'key', reason: refusal.message };
		case 429:
		case 503:
			return { is: 'refused', reason: refusal.message };
	}
	return undefined;
}

/** Operator in a browser: a session by cookie and the half kept here, one WebSocket, calls paired by id. */
export class WebOperator implements Operator {
	readonly door = 'web';
	readonly programs = webPrograms((verb, fields) => this.#ask(verb, fields));
	#handlers?: Handlers;
	#socket: ReconnectingSocket;
	#calls = new Calls(() => this.#socket.suspect());
	#batch: Message[] = [];
	#batchTimer?: ReturnType<typeof setTimeout>;
	#batchPause = BATCH;
	#event?: OperatorEvent;
	/** The key of the link that opened this page, while it could not be shown to the server. */
	#linkKey = '';

	constructor(transport: Transport = browserTransport) {
		this.#socket = new ReconnectingSocket(transport, {
			onconnection: (connection) => {
				if (connection.state !== 'live') this.#event = undefined;
				if (connection.state === 'key' && !connection.reason && this.#linkKey)
					return void this.#showLinkKey(this.#linkKey, false);
				this.#handlers?.onconnection(connection);
			},
			onframe: (frame) => this.#take(frame),
			ongone: () => this.#calls.fail(lost()),
		});
	}

	start(handlers: Handlers): () => void {
		this.#handlers = handlers;
		const unwatch = watchResume({
			onresume: (away) => this.#wake(away > DOUBT),
			ononline: () => this.#wake(true),
		});
		void this.#begin();
		return () => {
			unwatch();
			this.#handlers = undefined;
			clearTimeout(this.#batchTimer);
			this.#socket.end();
		};
	}

	state = (): Promise<State> => this.#ask('state');
	stats = (): Promise<Stats> => this.#ask('stats');
	clients = (since: number, conns?: number[], awayRev?: number, awaySkip?: number): Promise<ClientsAnswer> =>
		this.#ask('clients', { since, conns, away_rev: awayRev, away_skip: awaySkip });
	history = (query: HistoryQuery): Promise<HistoryPage> => this.#ask('history', query);
	broadcast = (broadcast: Broadcast): Promise<Receipt> => this.#ask('broadcast', broadcast);
	disconnect = (userID: string, reason: string): Promise<void> => this.#ask('disconnect', { user_id: userID, reason });
	createTopic = (topic: string, title: string, kind: TopicKind): Promise<void> =>
		this.#ask('create_topic', { topic, title, kind });
	renameTopic = (topic: string, title: string): Promise<void> => this.#ask('rename_topic', { topic, title });
	addMembers = (topic: string, userIDs: string[]): Promise<MembersAnswer> =>
		this.#ask('add_members', { topic, user_ids: userIDs });
	removeMembers = (topic: string, userIDs: string[]): Promise<MembersAnswer> =>
		this.#ask('remove_members', { topic, user_ids: userIDs });
	conversations = (before: number, limit?: number): Promise<ConversationsAnswer> =>
		this.#ask('conversations', { before, limit });
	seen = (userID: string, seq: number, epoch?: string): Promise<void> =>
		this.#ask('seen', { user_id: userID, seq, epoch });
	settle = (userID: string, seq: number, epoch?: string): Promise<void> =>
		this.#ask('settle', { user_id: userID, seq, epoch });
	archiveTopic = (topic: string, archived: boolean): Promise<void> => this.#ask('archive_topic', { topic, archived });
	receipts = (seqs: number[], detail: boolean): Promise<ReceiptsAnswer> => this.#ask('receipts', { seqs, detail });
	writeAgain = (seq: number, missing: Missing, message: string, messageID: string, epoch?: string): Promise<number> =>
		this.#ask<{ written: number }>('write_again', { seq, missing, message, message_id: messageID, epoch }).then(
			({ written }) => written,
		);
	stopRepeat = (seq: number, epoch?: string): Promise<void> => this.#ask('stop_repeat', { seq, epoch });
	closeAnnouncement = (seq: number, epoch?: string): Promise<void> => this.#ask('close_announcement', { seq, epoch });
	reopenAnnouncement = (seq: number, epoch?: string): Promise<void> => this.#ask('reopen_announcement', { seq, epoch });
	withdraw = (seq: number, epoch?: string): Promise<void> => this.#ask('withdraw', { seq, epoch });
	search = (query: FindQuery): Promise<FindPage> => this.#ask('search', query);
	export = (
		query: ExportQuery,
		onprogress: (share: number) => void,
		cancel: AbortSignal,
	): Promise<Exported | undefined> => download(query, onprogress, cancel);
	setName = (name: string): Promise<void> => this.#ask('set_name', { name });
	setAddress = (host: string): Promise<void> => this.#ask('set_address', { host });
	testAddress = (host: string): Promise<AddressTest> => this.#ask('test_address', { host });
	qrCodes = (texts: string[]): Promise<QR[]> =>
		this.#ask<{ codes: QR[] }>('qr_codes', { texts }).then(({ codes }) => codes);
	settings = (): Promise<SettingsAnswer> => this.#ask('settings');
	setSettings = (change: Partial<Settings>): Promise<SettingsAnswer> => this.#ask('set_settings', change);
	setPassword = (password: string): Promise<void> => this.#ask('set_password', { password });
	prove = (password: string): Promise<void> => this.#ask('prove', { password });
	key = (): Promise<KeyAnswer> => this.#ask('key');
	newKey = (): Promise<KeyAnswer> => this.#ask('new_key');
	sessions = (): Promise<{ sessions: SessionInfo[]; missing?: string[] }> => this.#ask('sessions');
	endSession = (session: string): Promise<void> => this.#ask('end_session', { session });
	audit = (before: number, limit: number, seq = 0): Promise<AuditAnswer> => this.#ask('audit', { before, limit, seq });
	blocked = (): Promise<BlockedAnswer> => this.#ask('blocked');
	mute = (userID: string): Promise<void> => this.#ask('mute', { user_id: userID });
	unmute = (userID: string): Promise<void> => this.#ask('unmute', { user_id: userID });
	block = (who: { userID?: string; address?: string }, reason: string): Promise<void> =>
		this.#ask('block', { user_id: who.userID, address: who.address, reason });
	unblock = (who: { userID?: string; address?: string }): Promise<void> =>
		this.#ask('unblock', { user_id: who.userID, address: who.address });
	setAccess = (access: Access): Promise<void> => this.#ask('set_access', { access });
	newCode = (anew: boolean): Promise<{ code: string; ended: number }> => this.#ask('new_code', { anew });
	newSecret = (anew: boolean): Promise<{ ended: number }> => this.#ask('new_secret', { anew });
	grants = (): Promise<GrantsAnswer> => this.#ask('grants');
	endGrants = (who: WhoWaits, putOut: boolean): Promise<{ ended: number }> =>
		this.#ask('end_grants', { ...waiter(who), put_out: putOut });
	dismissNotice = (): Promise<void> => this.#ask('dismiss_notice');
	confirm = (doubt: string): Promise<void> => this.#ask('confirm', { doubt });
	lobby = (): Promise<{ waiting: Waiting[]; missing?: string[] }> => this.#ask('lobby');
	letIn = (who: WhoWaits): Promise<void> => this.#ask('let_in', waiter(who));
	refuse = (who: WhoWaits, reason: string): Promise<void> => this.#ask('refuse', { ...waiter(who), reason });
	list = (): Promise<ListAnswer> => this.#ask('list');
	addEntry = (name: string): Promise<EntryCode> =>
		this.#ask<{ entry: EntryCode }>('add_entry', { name }).then(({ entry }) => entry);
	importEntries = (query: ImportQuery): Promise<ImportAnswer> => this.#ask('import_entries', query);
	undoImport = (): Promise<UndoAnswer> => this.#ask('undo_import');
	renewEntry = (id: string, putOut: boolean): Promise<RenewAnswer> =>
		this.#ask('renew_entry', { entry: id, put_out: putOut });
	removeEntry = (id: string): Promise<void> => this.#ask('remove_entry', { entry: id });
	free = (userID: string): Promise<void> => this.#ask('free', { user_id: userID });
	copy = copyText;

	async signIn(key: string): Promise<void> {
		// The key or the password: a header cannot carry every letter, a body can.
		const body = JSON.stringify({ password: key });
		const answer = await fetch(withOrigin('session'), { method: 'POST', body }).catch(() => undefined);
		if (!answer) throw lost();
		if (answer.ok) {
			keepHalf(answer);
			return this.#socket.connect();
		}
		const asksPassword = answer.clone();
		const refusal = await readRefusal(answer);
		if (!refusal)
			throw new OperatorError('lost', `Something in front of Belfry answered (${answer.status}), not Belfry.`);
		if (answer.status !== 401) throw refusal;
		const { password } = (await asksPassword.json()) as { password?: boolean };
		throw new OperatorError('key', password ? 'That is neither the key nor the password.' : 'That is not the key.');
	}

	retry(): void {
		this.#socket.retryNow();
	}

	/** Refused: only the window chooses its port. */
	listen(): Promise<void> {
		return Promise.reject(new OperatorError('not_allowed', 'Only the Belfry window can do that.'));
	}

	/** Refused: only the window quits. */
	quit(): Promise<void> {
		return this.listen();
	}

	title(): void {}

	open(url: string): void {
		window.open(url, '_blank', 'noopener,noreferrer');
	}

	// A link with the key in it signs in by itself; the key leaves the address bar before anything else happens.
	async #begin(): Promise<void> {
		const key = new URLSearchParams(location.hash.slice(1)).get('token');
		if (!key) return this.#socket.connect();
		history.replaceState(null, '', location.pathname + location.search);
		await this.#showLinkKey(key, true);
	}

	// Where nothing but the way to the server is wrong, the key is kept until the server itself asks for one.
	async #showLinkKey(key: string, first: boolean): Promise<void> {
		this.#linkKey = '';
		try {
			await this.signIn(key);
		} catch (cause) {
			const { code, retryMs, message } = asError(cause);
			const onTheWay = code === 'lost' || (code === 'not_allowed' && retryMs !== undefined);
			if (!first || !onTheWay) return this.#handlers?.onconnection({ state: 'key', reason: message });
			this.#linkKey = key;
			this.#socket.connect();
		}
	}

	#ask<T>(verb: string, fields: object = {}): Promise<T> {
		if (!this.#socket.open) return Promise.reject(lost());
		return this.#calls.ask<T>(verb, fields, (frame) => this.#socket.send(frame));
	}

	#take(data: string): void {
		const frame = JSON.parse(data) as Answer;
		switch (frame.type) {
			case 'message':
				this.#batch.push(frame as unknown as Message);
				this.#batchTimer ??= setTimeout(() => this.#flush(), this.#batchPause);
				return;
			case 'withdrawn':
				// Withdrawn messages leave the pending batch too.
				this.#batch = this.#batch.filter(({ seq }) => seq !== (frame as unknown as { of: number }).of);
				this.#handlers?.onwithdrawn([(frame as unknown as { of: number }).of]);
				return;
			case 'event':
				this.#event = frame as unknown as OperatorEvent;
				this.#handlers?.onevent(this.#event);
				return;
			case 'counts': {
				// Counts carry no revisions: they only update the last event.
				if (!this.#event) return;
				const { clients, subscribers } = frame as unknown as OperatorEvent;
				this.#event = { ...this.#event, clients, subscribers };
				this.#handlers?.onevent(this.#event);
				return;
			}
			default:
				this.#calls.settle(frame);
		}
	}

	#flush(): void {
		this.#batchTimer = undefined;
		const messages = this.#batch;
		this.#batch = [];
		this.#batchPause = messages.length > MANY ? MANY_BATCH : BATCH;
		this.#handlers?.onmessages(messages);
	}

	// Any call probes the socket: when it times out, the socket is dropped and dialled again.
	#wake(doubtful: boolean): void {
		this.#socket.retryNow();
		if (doubtful) void this.stats().catch(() => undefined);
	}
}

function waiter(who: WhoWaits): { user_id: string } | { all: true } {
	return 'all' in who ? who : { user_id: who.userID };
}

function lost(): OperatorError {
	return new OperatorError('lost', 'No connection to Belfry.');
}
