/**
 * Holds the types of this folder, which are written by hand, against those that are generated from the server's. Types
 * alone: `npm run check` fails where they drift, and names the fields. The only file beside wails.ts that knows them.
 */
import type { main, wsserver as models } from '../../../wailsjs/go/models';
import type { Message, Topic } from '../../lib/protocol';
import type { EntryCode, ImportAnswer, ListEntry, Waiting } from './access';
import type {
	AuditAnswer,
	AuditEntry,
	Ban,
	BlockedAnswer,
	KeyAnswer,
	NumberSetting,
	SessionInfo,
	Settings,
	SettingsAnswer,
} from './control';
import type {
	Broadcast,
	Exported,
	ExportQuery,
	FindPage,
	FindQuery,
	HistoryPage,
	HistoryQuery,
	Receipts,
	ReceiptsAnswer,
	Recipient,
	Repeat,
} from './messages';
import type { Away, ClientInfo, ClientsAnswer } from './people';
import type { Address, AddressTest, LocalName, Notice, Problem, QR, Secure, State, Stats, Trouble } from './room';

/** A type as Go can say it: 'open' | 'code' is a string, and what may be null may be absent. No methods. */
type Plain<T> = T extends string
	? string
	: T extends number | boolean | undefined
		? T
		: T extends null
			? undefined
			: T extends readonly (infer One)[]
				? Plain<One>[]
				: { [K in keyof T as T[K] extends (...args: never) => unknown ? never : K]: Plain<T[K]> };

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type Drifted<A, B> = {
	[K in keyof A | keyof B]-?: K extends keyof A & keyof B ? (Equal<A[K], B[K]> extends true ? never : K) : K;
}[keyof A | keyof B];

/** The fields in which an answer differs from the server's, whichever of both lacks one; but not those excepted. */
type Answer<Generated, Written, Excepted = never> = Exclude<Drifted<Plain<Generated>, Plain<Written>>, Excepted>;

/** The fields of a request that the server does not know, or knows as something else. It may leave out any. */
type Request<Generated, Written> = {
	[K in keyof Written]-?: K extends keyof Generated
		? [Plain<Exclude<Written[K], undefined>>] extends [Plain<Generated>[K & keyof Plain<Generated>]]
			? never
			: K
		: K;
}[keyof Written];

/** Compiles where nothing has drifted. */
type Checked<_Drift extends never> = true;

export type Answers = [
	Checked<Answer<models.Address, Address>>,
	Checked<Answer<models.AddressTest, AddressTest>>,
	Checked<Answer<models.AuditAnswer, AuditAnswer>>,
	Checked<Answer<models.AuditEntry, AuditEntry>>,
	Checked<Answer<models.Away, Away>>,
	Checked<Answer<models.Ban, Ban>>,
	Checked<Answer<models.BlockedAnswer, BlockedAnswer>>,
	Checked<Answer<models.ClientInfo, ClientInfo>>,
	// null: the page has this revision of the list. The generator writes a slice that may be nil as one that is not.
	Checked<Answer<models.ClientsAnswer, ClientsAnswer, 'away'>>,
	Checked<Answer<models.CodeAnswer, { code: string }>>,
	Checked<Answer<models.EntryCode, EntryCode>>,
	Checked<Answer<main.exported, Exported>>,
	Checked<Answer<models.FindPage, FindPage>>,
	Checked<Answer<models.HistoryPage, HistoryPage>>,
	Checked<Answer<models.ImportAnswer, ImportAnswer>>,
	Checked<Answer<models.KeyAnswer, KeyAnswer>>,
	Checked<Answer<models.ListAnswer, { entries: ListEntry[] }>>,
	Checked<Answer<models.ListEntry, ListEntry>>,
	Checked<Answer<models.LobbyAnswer, { waiting: Waiting[] }>>,
	Checked<Answer<models.LocalName, LocalName>>,
	Checked<Answer<models.Message, Message>>,
	Checked<Answer<models.Notice, Notice>>,
	Checked<Answer<models.Problem, Problem>>,
	Checked<Answer<models.QR, QR>>,
	Checked<Answer<models.Receipt, { seq: number; time: string }>>,
	Checked<Answer<models.Receipts, Receipts>>,
	Checked<Answer<models.ReceiptsAnswer, ReceiptsAnswer>>,
	Checked<Answer<models.Recipient, Recipient>>,
	Checked<Answer<models.Repeat, Repeat>>,
	Checked<Answer<models.Secure, Secure>>,
	Checked<Answer<models.SessionInfo, SessionInfo>>,
	Checked<Answer<models.SessionsAnswer, { sessions: SessionInfo[] }>>,
	Checked<Answer<models.Settings, Settings>>,
	// Here the page knows which names there are; Go has a map of any.
	Checked<Answer<models.SettingsAnswer, SettingsAnswer, 'bounds' | 'ruled'>>,
	Checked<Answer<models.Bound, SettingsAnswer['bounds'][NumberSetting]>>,
	Checked<Answer<models.State, State>>,
	Checked<Answer<models.Stats, Stats>>,
	Checked<Answer<models.Topic, Topic>>,
	Checked<Answer<models.Trouble, Trouble>>,
	Checked<Answer<models.Waiting, Waiting>>,
];

export type Requests = [
	Checked<Request<models.Broadcast, Broadcast>>,
	Checked<Request<models.ExportQuery, ExportQuery>>,
	Checked<Request<models.FindQuery, FindQuery>>,
	Checked<Request<models.HistoryQuery, HistoryQuery>>,
	Checked<Request<models.SettingsChange, Partial<Settings>>>,
];
