/**
 * Checks the types of this folder, which are written by hand, against those that Wails generates from the server's.
 * Types alone: `npm run check` fails where they differ, and names the fields. Beside wails.ts the only file that imports
 * the generated ones.
 */
import type { main, wsserver as models } from '../../../wailsjs/go/models';
import type { Message, Topic } from '../../lib/protocol';
import type * as page from './operator';

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
	Checked<Answer<models.Address, page.Address>>,
	Checked<Answer<models.AddressTest, page.AddressTest>>,
	Checked<Answer<models.AuditAnswer, page.AuditAnswer>>,
	Checked<Answer<models.AuditEntry, page.AuditEntry>>,
	Checked<Answer<models.Away, page.Away>>,
	Checked<Answer<models.Ban, page.Ban>>,
	Checked<Answer<models.BlockedAnswer, page.BlockedAnswer>>,
	Checked<Answer<models.ClientInfo, page.ClientInfo>>,
	// null: the page has this revision of the list. The generator writes a slice that may be nil as one that is not.
	Checked<Answer<models.ClientsAnswer, page.ClientsAnswer, 'away'>>,
	Checked<Answer<models.CodeAnswer, { code: string }>>,
	Checked<Answer<models.EntryCode, page.EntryCode>>,
	Checked<Answer<main.exported, page.Exported>>,
	Checked<Answer<models.FindPage, page.FindPage>>,
	Checked<Answer<models.HistoryPage, page.HistoryPage>>,
	Checked<Answer<models.ImportAnswer, page.ImportAnswer>>,
	Checked<Answer<models.KeyAnswer, page.KeyAnswer>>,
	Checked<Answer<models.ListAnswer, { entries: page.ListEntry[] }>>,
	Checked<Answer<models.ListEntry, page.ListEntry>>,
	Checked<Answer<models.LobbyAnswer, { waiting: page.Waiting[] }>>,
	Checked<Answer<models.LocalName, page.LocalName>>,
	Checked<Answer<models.Message, Message>>,
	Checked<Answer<models.Notice, page.Notice>>,
	Checked<Answer<models.Problem, page.Problem>>,
	Checked<Answer<models.QR, page.QR>>,
	Checked<Answer<models.Receipt, { seq: number; time: string }>>,
	Checked<Answer<models.Receipts, page.Receipts>>,
	Checked<Answer<models.ReceiptsAnswer, page.ReceiptsAnswer>>,
	Checked<Answer<models.Recipient, page.Recipient>>,
	Checked<Answer<models.Repeat, page.Repeat>>,
	Checked<Answer<models.Secure, page.Secure>>,
	Checked<Answer<models.SessionInfo, page.SessionInfo>>,
	Checked<Answer<models.SessionsAnswer, { sessions: page.SessionInfo[] }>>,
	Checked<Answer<models.Settings, page.Settings>>,
	// Here the page knows which names there are; Go has a map of any.
	Checked<Answer<models.SettingsAnswer, page.SettingsAnswer, 'bounds' | 'ruled'>>,
	Checked<Answer<models.Bound, page.SettingsAnswer['bounds'][page.NumberSetting]>>,
	Checked<Answer<models.State, page.State>>,
	Checked<Answer<models.Stats, page.Stats>>,
	Checked<Answer<models.Topic, Topic>>,
	Checked<Answer<models.Trouble, page.Trouble>>,
	Checked<Answer<models.Waiting, page.Waiting>>,
];

export type Requests = [
	Checked<Request<models.Broadcast, page.Broadcast>>,
	Checked<Request<models.ExportQuery, page.ExportQuery>>,
	Checked<Request<models.FindQuery, page.FindQuery>>,
	Checked<Request<models.HistoryQuery, page.HistoryQuery>>,
	Checked<Request<models.SettingsChange, Partial<page.Settings>>>,
];
