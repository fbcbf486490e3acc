/**
 * Checks the types of this folder, which are written by hand, against those that Wails generates from the server's.
 * Types alone: `npm run check` fails where they differ, and names the fields. Beside wails.ts the only file that imports
 * the generated ones.
 */
import type {
	admission,
	desktop,
	dispatch,
	lan,
	operator,
	peers,
	receipts,
	settings,
	webhook,
	wire,
} from '../../../wailsjs/go/models';
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
	Checked<Answer<lan.Address, page.Address>>,
	Checked<Answer<lan.AddressTest, page.AddressTest>>,
	Checked<Answer<operator.AuditAnswer, page.AuditAnswer>>,
	Checked<Answer<operator.AuditEntry, page.AuditEntry>>,
	Checked<Answer<receipts.Away, page.Away>>,
	Checked<Answer<admission.Ban, page.Ban>>,
	Checked<Answer<admission.BlockedAnswer, page.BlockedAnswer>>,
	Checked<Answer<operator.ClientInfo, page.ClientInfo>>,
	// null: the page has this revision of the list, or asked for some only. The generator writes what may be nil as if it were not.
	Checked<Answer<operator.ClientsAnswer, page.ClientsAnswer, 'away' | 'members' | 'away_members'>>,
	Checked<Answer<operator.Doubt, page.Doubt>>,
	Checked<Answer<operator.CodeAnswer, { code: string; ended: number }>>,
	Checked<Answer<operator.EndedAnswer, { ended: number }>>,
	Checked<Answer<operator.GrantInfo, page.GrantInfo>>,
	Checked<Answer<operator.GrantsAnswer, page.GrantsAnswer>>,
	Checked<Answer<operator.RenewAnswer, page.RenewAnswer>>,
	Checked<Answer<admission.EntryCode, page.EntryCode>>,
	Checked<Answer<desktop.ExportedFile, page.Exported>>,
	Checked<Answer<operator.FindPage, page.FindPage>>,
	Checked<Answer<operator.HistoryPage, page.HistoryPage>>,
	Checked<Answer<admission.ImportAnswer, page.ImportAnswer>>,
	Checked<Answer<operator.KeyAnswer, page.KeyAnswer>>,
	Checked<Answer<admission.ListAnswer, page.ListAnswer>>,
	Checked<Answer<admission.ListEntry, page.ListEntry>>,
	Checked<Answer<operator.LobbyAnswer, { waiting: page.Waiting[]; missing?: string[] }>>,
	Checked<Answer<lan.LocalName, page.LocalName>>,
	Checked<Answer<peers.Machine, page.Machine>>,
	Checked<Answer<wire.Message, Message>>,
	Checked<Answer<operator.Conversation, page.Conversation>>,
	Checked<Answer<operator.ConversationsAnswer, page.ConversationsAnswer>>,
	Checked<Answer<operator.MembersAnswer, page.MembersAnswer>>,
	Checked<Answer<operator.RefusedMember, page.RefusedMember>>,
	Checked<Answer<operator.Notice, page.Notice>>,
	Checked<Answer<wire.Problem, page.Problem>>,
	Checked<Answer<lan.QR, page.QR>>,
	Checked<Answer<operator.Receipt, { seq: number; time: string }>>,
	Checked<Answer<receipts.Receipts, page.Receipts>>,
	Checked<Answer<operator.ReceiptsAnswer, page.ReceiptsAnswer>>,
	Checked<Answer<receipts.Recipient, page.Recipient>>,
	Checked<Answer<receipts.Repeat, page.Repeat>>,
	Checked<Answer<lan.Secure, page.Secure>>,
	Checked<Answer<operator.SessionInfo, page.SessionInfo>>,
	Checked<Answer<operator.SessionsAnswer, { sessions: page.SessionInfo[]; missing?: string[] }>>,
	Checked<Answer<settings.Effective, page.Settings>>,
	// Here the page knows which names there are; Go has a map of any.
	Checked<Answer<operator.SettingsAnswer, page.SettingsAnswer, 'bounds' | 'ruled'>>,
	Checked<Answer<settings.Bound, page.SettingsAnswer['bounds'][page.NumberSetting]>>,
	Checked<Answer<operator.State, page.State>>,
	Checked<Answer<operator.Stats, page.Stats>>,
	Checked<Answer<wire.Topic, Topic>>,
	Checked<Answer<operator.CreatedToken, page.NewTokenAnswer>>,
	Checked<Answer<operator.TokenInfo, page.Token>>,
	Checked<Answer<operator.TokensAnswer, page.TokensAnswer>>,
	Checked<Answer<webhook.Info, page.Webhook>>,
	Checked<Answer<operator.WebhookAnswer, Partial<Pick<page.NewWebhookAnswer, 'secret'>> & { webhook: page.Webhook }>>,
	Checked<Answer<operator.WebhooksAnswer, page.WebhooksAnswer>>,
	Checked<Answer<webhook.TestResult, page.HookTest>>,
	Checked<Answer<admission.UndoAnswer, page.UndoAnswer>>,
	Checked<Answer<dispatch.Trouble, page.Trouble>>,
	Checked<Answer<operator.Waiting, page.Waiting>>,
];

export type Requests = [
	Checked<Request<operator.Broadcast, page.Broadcast>>,
	Checked<Request<operator.ExportQuery, page.ExportQuery>>,
	Checked<Request<operator.FindQuery, page.FindQuery>>,
	Checked<Request<admission.ImportQuery, page.ImportQuery & { csv: string; file: string }>>,
	Checked<Request<operator.HistoryQuery, page.HistoryQuery>>,
	Checked<Request<operator.NewToken, page.Rights & { name: string }>>,
	Checked<Request<webhook.Spec, page.HookQuery>>,
	Checked<Request<settings.Change, Partial<page.Settings>>>,
];
