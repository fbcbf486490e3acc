/** Programs: the access tokens that let them in, and the webhooks by which Belfry calls them. */

/**
 * What a token lets its program do. publish: "everyone", "people" (to one person privately), and names of topics; read:
 * names of topics, "everyone", or "all", which includes private conversations.
 */
export interface Rights {
	publish: string[];
	read: string[];
	/** Priority 5, which fills screens. */
	urgent: boolean;
	/** Asking people to confirm. */
	ask: boolean;
	receipts: boolean;
	people: boolean;
	metrics: boolean;
	/** The token counts in an address too (?auth=, ?token=), which proxies and histories keep. */
	in_url: boolean;
	/** Messages a second, after bursts of 60. 0: no limit. */
	rate: number;
}

/** An access token; the server keeps only its hash. Times are RFC 3339. */
export interface Token extends Rights {
	id: string;
	/** People read it as the sender. */
	name: string;
	created: string;
	/** When it was last used, and from which address; "": never. */
	used: string;
	used_from: string;
}

export interface TokensAnswer {
	tokens: Token[];
	/** Why they could not be read, and none counts; absent where they could. */
	problem?: string;
}

/** secret: shown this once. */
export interface NewTokenAnswer {
	token: Token;
	secret: string;
}

/** What a webhook is called for; complete: all have received an announcement, or acknowledged it where it asks for that. */
export type HookEvent = 'message' | 'acknowledged' | 'answer' | 'joined' | 'left' | 'complete';

/** What the operator chooses of a webhook. */
export interface HookQuery {
	/** An http or https address, none of this computer's own. */
	url: string;
	events: HookEvent[];
	/** Calls carry names and what was written, not ids and counts alone. */
	texts: boolean;
	/** Those of private conversations too. */
	private: boolean;
}

/** A webhook. Times are RFC 3339, or "" where there is none. */
export interface Webhook {
	id: string;
	url: string;
	events: string[];
	texts: boolean;
	private: boolean;
	state: string;
	state_since: string;
	/** Who paused it: "operator", "failures" after a day of them, or "". */
	paused_by: string;
	/** Calls that wait. */
	waiting: number;
	next_try: string;
	last_sent: string;
	sent_7d: number;
	/** Why the last try failed, a sentence; "" where it did not. */
	error: string;
	created: string;
}

export interface WebhooksAnswer {
	webhooks: Webhook[];
}

/** secret: what calls are signed with, shown this once. */
export interface NewWebhookAnswer {
	webhook: Webhook;
	secret: string;
}

/** What a test call was answered with. status 0: it was not answered, and error says why. body: its beginning. */
export interface HookTest {
	status: number;
	ms: number;
	body: string;
	error: string;
}

/** The operator's verbs about programs. */
export interface Programs {
	/** By name. */
	tokens(): Promise<TokensAnswer>;
	createToken(name: string, rights: Rights): Promise<NewTokenAnswer>;
	/** Its program is refused at once; what it has said stays. */
	removeToken(id: string): Promise<void>;
	/** The oldest first. */
	webhooks(): Promise<WebhooksAnswer>;
	createWebhook(query: HookQuery): Promise<NewWebhookAnswer>;
	changeWebhook(id: string, query: HookQuery): Promise<Webhook>;
	/** Paused, it loses nothing: what waits is sent when it goes on. */
	pauseWebhook(id: string, paused: boolean): Promise<Webhook>;
	/** Tries at once to send what waits. */
	retryWebhook(id: string): Promise<Webhook>;
	/** Calls it once with a test. */
	testWebhook(id: string): Promise<HookTest>;
	/** What waits for it is gone too. */
	removeWebhook(id: string): Promise<void>;
}
