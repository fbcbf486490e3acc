import type {
	HookQuery,
	HookTest,
	NewTokenAnswer,
	NewWebhookAnswer,
	OperatorEvent,
	Programs as Verbs,
	Rights,
	TokensAnswer,
	Webhook,
	WebhooksAnswer,
} from '../operator/operator';
import { Resource } from './resource.svelte';

/** A new token while it is filled in. What stands behind a box that is not ticked is kept, and not sent. */
export interface TokenDraft extends Rights {
	name: string;
	publishes: boolean;
	reads: boolean;
}

/** A webhook while it is filled in; id: of the one that is changed. */
export interface HookDraft extends HookQuery {
	id?: string;
}

/** The answer to a test call, and when it came. */
export interface Tested extends HookTest {
	at: number;
}

/** A token can do nothing until something is ticked. */
const NO_TOKEN: TokenDraft = {
	name: '',
	publishes: false,
	publish: [],
	urgent: false,
	ask: false,
	reads: false,
	read: [],
	receipts: false,
	people: false,
	metrics: false,
	in_url: false,
	rate: 1,
};

const NO_HOOK: HookDraft = { url: '', events: [], texts: false, private: false };

/** Programs: tokens, webhooks, and the one that is being made. */
export class Programs {
	readonly tokens: Resource<TokensAnswer>;
	readonly webhooks: Resource<WebhooksAnswer>;
	/** The form that is open. What was filled in stays when the page is left. */
	form = $state<'token' | 'webhook'>();
	token = $state<TokenDraft>({ ...NO_TOKEN });
	hook = $state<HookDraft>({ ...NO_HOOK });
	/** Made just now: their secrets are shown until done(), and by nobody again. */
	madeToken = $state.raw<NewTokenAnswer>();
	madeHook = $state.raw<NewWebhookAnswer>();
	/** Answers to test calls, by webhook. */
	tested = $state.raw<ReadonlyMap<string, Tested>>(new Map());

	constructor(private readonly verbs: Verbs) {
		this.tokens = new Resource(() => verbs.tokens());
		this.webhooks = new Resource(() => verbs.webhooks());
	}

	watch(): () => void {
		const ends = [this.tokens.watch(), this.webhooks.watch()];
		return () => ends.forEach((end) => end());
	}

	onevent(event: OperatorEvent): void {
		this.tokens.onrevision(event.tokens_rev);
		this.webhooks.onrevision(event.webhooks_rev);
	}

	/** Opens the form of a new token. */
	openToken(): void {
		this.form = 'token';
	}

	/** Makes the token that was filled in. */
	async createToken(): Promise<void> {
		const { name, publishes, reads, ...rights } = this.token;
		const sends = publishes && rights.publish.length > 0;
		this.madeToken = await this.verbs.createToken(name, {
			...rights,
			publish: publishes ? rights.publish : [],
			read: reads ? rights.read : [],
			urgent: sends && rights.urgent,
			ask: sends && rights.ask,
		});
		this.token = { ...NO_TOKEN };
		this.form = undefined;
		await this.tokens.load();
	}

	async removeToken(id: string): Promise<void> {
		await this.verbs.removeToken(id);
		if (this.madeToken?.token.id === id) this.madeToken = undefined;
		await this.tokens.load();
	}

	/** Opens the form with a webhook to change, or for a new one. */
	openHook(hook?: Webhook): void {
		if (hook) {
			const { id, url, events, texts } = hook;
			this.hook = { id, url, events: [...events] as HookQuery['events'], texts, private: hook.private };
		} else if (this.hook.id) this.hook = { ...NO_HOOK };
		this.form = 'webhook';
	}

	/** Makes the webhook that was filled in, or changes it. */
	async saveHook(): Promise<void> {
		const { id, ...query } = this.hook;
		const chosen = { ...query, private: query.texts && query.private };
		if (id) await this.verbs.changeWebhook(id, chosen);
		else this.madeHook = await this.verbs.createWebhook(chosen);
		this.hook = { ...NO_HOOK };
		this.form = undefined;
		await this.webhooks.load();
	}

	async pauseHook(id: string, paused: boolean): Promise<void> {
		await this.verbs.pauseWebhook(id, paused);
		await this.webhooks.load();
	}

	async retryHook(id: string): Promise<void> {
		await this.verbs.retryWebhook(id);
		await this.webhooks.load();
	}

	async testHook(id: string): Promise<void> {
		const test = await this.verbs.testWebhook(id);
		this.tested = new Map(this.tested).set(id, { ...test, at: Date.now() });
	}

	async removeHook(id: string): Promise<void> {
		await this.verbs.removeWebhook(id);
		await this.webhooks.load();
	}

	/** Closes the form, and forgets what was filled in. */
	cancel(): void {
		if (this.form === 'token') this.token = { ...NO_TOKEN };
		else this.hook = { ...NO_HOOK };
		this.form = undefined;
	}

	/** The secrets that are shown were copied. */
	done(): void {
		this.madeToken = this.madeHook = undefined;
	}
}
