/** Operator in the desktop window, by Wails' generated bindings. No other module but models.types.ts imports them. */
import * as app from '../../../wailsjs/go/main/App';
import { ClipboardGetText, ClipboardSetText, EventsOn, WindowSetTitle } from '../../../wailsjs/runtime/runtime';
import type { Access, TopicKind } from '../../lib/protocol';
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
import { asError } from './calls';
import type { AuditAnswer, BlockedAnswer, KeyAnswer, SessionInfo, Settings, SettingsAnswer } from './control';
import { edit, isEdit, type Edit } from './edit';
import type {
	AddressTest,
	Broadcast,
	ClientsAnswer,
	ConversationsAnswer,
	Command,
	Exported,
	ExportQuery,
	FindPage,
	FindQuery,
	Handlers,
	HistoryPage,
	HistoryQuery,
	MembersAnswer,
	Missing,
	Operator,
	OperatorEvent,
	Programs,
	QR,
	ReceiptsAnswer,
	State,
	Stats,
	Webhook,
} from './operator';

/** After a batch of more than MANY messages the next pull is delayed: nobody reads that fast. */
const MANY = 10;
const MANY_PAUSE = 250;

const clipboard = { read: ClipboardGetText, write: ClipboardSetText };

/** Verbs are bound methods; events are small, and the page pulls what it lacks. */
export class WindowOperator implements Operator {
	readonly door = 'window';
	readonly programs: Programs = {
		tokens: () => answer(app.Tokens()),
		createToken: (name, rights) => answer(app.CreateToken({ name, ...rights } as never)),
		removeToken: (id) => answer(app.RemoveToken(id)),
		webhooks: () => answer(app.Webhooks()),
		createWebhook: (query) => answer(app.CreateWebhook(query as never)),
		changeWebhook: (id, query) => hook(app.ChangeWebhook(id, query as never)),
		pauseWebhook: (id, paused) => hook(app.PauseWebhook(id, paused)),
		retryWebhook: (id) => hook(app.RetryWebhook(id)),
		testWebhook: (id) => answer(app.TestWebhook(id)),
		removeWebhook: (id) => answer(app.RemoveWebhook(id)),
	};
	#handlers?: Handlers;
	#last = 0;
	#newest = 0;
	#pulling = false;
	#ready = false;

	start(handlers: Handlers): () => void {
		this.#handlers = handlers;
		const off = [
			EventsOn('event', (event: OperatorEvent) => this.#take(event)),
			EventsOn('command', (command: Command | Edit) => {
				if (isEdit(command)) void edit(command, clipboard).catch(() => undefined);
				else handlers.oncommand(command);
			}),
		];
		// Go shows a native notification only while the window is not in front, which the page knows best.
		const tell = () => void answer(app.Front(!document.hidden && document.hasFocus())).catch(() => undefined);
		const seen = () => {
			tell();
			// A minimised window misses events; "live" makes the page pull afresh what it shows.
			if (!document.hidden) handlers.onconnection({ state: 'live' });
		};
		addEventListener('focus', tell);
		addEventListener('blur', tell);
		document.addEventListener('visibilitychange', seen);
		tell();
		void this.#begin();
		return () => {
			this.#handlers = undefined;
			for (const end of off) end();
			removeEventListener('focus', tell);
			removeEventListener('blur', tell);
			document.removeEventListener('visibilitychange', seen);
		};
	}

	state = (): Promise<State> => answer(app.State());
	stats = (): Promise<Stats> => answer(app.Stats());
	clients = (since: number, conns?: number[], awayRev?: number, awaySkip?: number): Promise<ClientsAnswer> =>
		answer(app.Clients(since, conns ?? [], awayRev ?? 0, awaySkip ?? 0));
	history = (query: HistoryQuery): Promise<HistoryPage> => answer(app.History(query as never));
	broadcast = (broadcast: Broadcast): Promise<{ seq: number; time: string }> =>
		answer(app.Broadcast(broadcast as never));
	disconnect = (userID: string, reason: string): Promise<void> => answer(app.Disconnect(userID, reason));
	createTopic = (topic: string, title: string, kind: TopicKind): Promise<void> =>
		answer(app.CreateTopic(topic, title, kind));
	renameTopic = (topic: string, title: string): Promise<void> => answer(app.RenameTopic(topic, title));
	addMembers = (topic: string, userIDs: string[]): Promise<MembersAnswer> =>
		answer(app.AddMembers({ topic, user_ids: userIDs }));
	removeMembers = (topic: string, userIDs: string[]): Promise<MembersAnswer> =>
		answer(app.RemoveMembers({ topic, user_ids: userIDs }));
	conversations = (before: number, limit = 0): Promise<ConversationsAnswer> =>
		answer(app.Conversations({ before, limit }));
	seen = (userID: string, seq: number): Promise<void> => answer(app.Seen(userID, seq, false));
	settle = (userID: string, seq: number): Promise<void> => answer(app.Seen(userID, seq, true));
	archiveTopic = (topic: string, archived: boolean): Promise<void> => answer(app.ArchiveTopic(topic, archived));
	receipts = (seqs: number[], detail: boolean): Promise<ReceiptsAnswer> => answer(app.Receipts(seqs, detail));
	writeAgain = (seq: number, missing: Missing, message: string, messageID: string): Promise<number> =>
		answer(app.WriteAgain(seq, missing, message, messageID));
	stopRepeat = (seq: number): Promise<void> => answer(app.StopRepeat(seq));
	closeAnnouncement = (seq: number): Promise<void> => answer(app.CloseAnnouncement(seq));
	reopenAnnouncement = (seq: number): Promise<void> => answer(app.ReopenAnnouncement(seq));
	withdraw = (seq: number): Promise<void> => answer(app.Withdraw(seq));
	search = (query: FindQuery): Promise<FindPage> => answer(app.Search(query as never));
	setName = (name: string): Promise<void> => answer(app.SetName(name));
	setAddress = (host: string): Promise<void> => answer(app.SetAddress(host));
	testAddress = (host: string): Promise<AddressTest> => answer(app.TestAddress(host));
	qrCodes = (texts: string[]): Promise<QR[]> => answer(app.QRCodes(texts));
	settings = (): Promise<SettingsAnswer> => answer(app.Settings());
	setSettings = (change: Partial<Settings>): Promise<SettingsAnswer> => answer(app.SetSettings(change as never));
	setPassword = (password: string): Promise<void> => answer(app.SetPassword(password));
	key = (): Promise<KeyAnswer> => answer(app.Key());
	newKey = (): Promise<KeyAnswer> => answer(app.NewKey());
	sessions = (): Promise<{ sessions: SessionInfo[]; missing?: string[] }> => answer(app.Sessions());
	endSession = (session: string): Promise<void> => answer(app.EndSession(session));
	audit = (before: number, limit: number, seq = 0): Promise<AuditAnswer> => answer(app.Audit(before, limit, seq));
	blocked = (): Promise<BlockedAnswer> => answer(app.Blocked());
	mute = (userID: string): Promise<void> => answer(app.Mute(userID));
	unmute = (userID: string): Promise<void> => answer(app.Unmute(userID));
	block = (who: { userID?: string; address?: string }, reason: string): Promise<void> =>
		answer(app.Block(who.userID ?? '', who.address ?? '', reason));
	unblock = (who: { userID?: string; address?: string }): Promise<void> =>
		answer(app.Unblock(who.userID ?? '', who.address ?? ''));
	setAccess = (access: Access): Promise<void> => answer(app.SetAccess(access));
	newCode = (anew: boolean): Promise<{ code: string; ended: number }> => answer(app.NewCode(anew));
	newSecret = (anew: boolean): Promise<{ ended: number }> => answer(app.NewSecret(anew));
	grants = (): Promise<GrantsAnswer> => answer(app.Grants());
	endGrants = (who: WhoWaits, putOut: boolean): Promise<{ ended: number }> =>
		answer(app.EndGrants(...waiter(who), putOut));
	dismissNotice = (): Promise<void> => answer(app.DismissNotice());
	confirm = (doubt: string): Promise<void> => answer(app.Confirm(doubt));
	lobby = (): Promise<{ waiting: Waiting[]; missing?: string[] }> => answer(app.Lobby());
	letIn = (who: WhoWaits): Promise<void> => answer(app.LetIn(...waiter(who)));
	refuse = (who: WhoWaits, reason: string): Promise<void> => answer(app.Refuse(...waiter(who), reason));
	list = (): Promise<ListAnswer> => answer(app.List());
	addEntry = (name: string): Promise<EntryCode> => answer(app.AddEntry(name));
	importEntries = (query: ImportQuery): Promise<ImportAnswer> => answer(app.ImportEntries(query as never));
	undoImport = (): Promise<UndoAnswer> => answer(app.UndoImport());
	renewEntry = (id: string, putOut: boolean): Promise<RenewAnswer> => answer(app.RenewEntry(id, putOut));
	removeEntry = (id: string): Promise<void> => answer(app.RemoveEntry(id));
	free = (userID: string): Promise<void> => answer(app.Free(userID));
	listen = (port: number): Promise<void> => answer(app.Listen(port));
	quit = (): Promise<void> => answer(app.Quit());
	title = (words: string): void => WindowSetTitle(words);
	open = (url: string): void => void app.Open(url);
	copy = (text: string): Promise<boolean> => ClipboardSetText(text).catch(() => false);

	/** Asks for the file by the system's own dialog, and writes it in the background. */
	async export(
		query: ExportQuery,
		onprogress: (share: number) => void,
		cancel: AbortSignal,
	): Promise<Exported | undefined> {
		const off = EventsOn('export', ({ done, of }: { done: number; of: number }) => onprogress(of > 0 ? done / of : 1));
		const stop = () => void app.CancelExport();
		cancel.addEventListener('abort', stop);
		try {
			const file = await answer<Exported>(app.Export(query as never));
			return file.name ? file : undefined;
		} finally {
			cancel.removeEventListener('abort', stop);
			off();
		}
	}

	/** Never asked for: the window needs no key. */
	prove(): Promise<void> {
		return Promise.resolve();
	}

	/** Never asked for either. */
	signIn(): Promise<void> {
		return Promise.resolve();
	}

	retry(): void {
		this.#handlers?.onconnection({ state: 'live' });
	}

	// The last seq must be known before the page pulls its first messages, or some would be lost in between.
	async #begin(): Promise<void> {
		const state = await this.state().catch(() => undefined);
		this.#last = state?.seq ?? 0;
		this.#ready = true;
		this.#handlers?.onconnection({ state: 'live' });
		void this.#pull();
	}

	#take(event: OperatorEvent): void {
		this.#handlers?.onevent(event);
		// A new log (another port, another folder) counts from the start.
		if (event.seq < this.#newest) this.#last = 0;
		this.#newest = event.seq;
		void this.#pull();
	}

	async #pull(): Promise<void> {
		if (this.#pulling || !this.#ready) return;
		this.#pulling = true;
		try {
			while (this.#handlers && this.#newest > this.#last) {
				const page = await this.history({ after: this.#last, limit: 200 });
				// A small log may have pruned them already.
				this.#last = page.to ?? page.messages.at(-1)?.seq ?? this.#newest;
				if (page.withdrawn) this.#handlers?.onwithdrawn(page.withdrawn);
				if (page.messages.length > 0) this.#handlers?.onmessages(page.messages);
				if (page.messages.length > MANY && !page.more) await new Promise((next) => setTimeout(next, MANY_PAUSE));
			}
		} catch {
			// The next event tries again.
		} finally {
			this.#pulling = false;
		}
	}
}

function waiter(who: WhoWaits): [userID: string, all: boolean] {
	return 'all' in who ? ['', true] : [who.userID, false];
}

async function hook(bound: Promise<unknown>): Promise<Webhook> {
	return (await answer<{ webhook: Webhook }>(bound)).webhook;
}

/** The result of a bound method, or its refusal as an OperatorError. */
async function answer<T>(bound: Promise<unknown>): Promise<T> {
	try {
		return (await bound) as T;
	} catch (cause) {
		throw asError(cause instanceof Error ? cause.message : cause);
	}
}
