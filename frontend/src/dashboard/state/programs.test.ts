import { beforeEach, expect, test, vi } from 'vitest';
import type { OperatorEvent, Programs as Verbs, Rights, Token, Webhook } from '../operator/operator';
import { Programs } from './programs.svelte';

const token = (id: string, more: Partial<Token> = {}): Token => ({
	...{ id, name: id, publish: [], read: [], urgent: false, ask: false, receipts: false, people: false },
	...{ metrics: false, in_url: false, rate: 1, created: '', used: '', used_from: '', ...more },
});
const hook: Webhook = {
	...{ id: 'h', url: 'https://a.example/in', events: ['answer'], texts: true, private: true, state: 'working' },
	...{ state_since: '', paused_by: '', waiting: 0, next_try: '', last_sent: '', sent_7d: 0, error: '', created: '' },
};

let verbs: Verbs;
let programs: Programs;

beforeEach(() => {
	verbs = {
		tokens: vi.fn(() => Promise.resolve({ tokens: [token('t')] })),
		createToken: vi.fn((name: string, rights: Rights) =>
			Promise.resolve({ token: token('t', { ...rights, name }), secret: 'tk_x' }),
		),
		removeToken: vi.fn(() => Promise.resolve()),
		webhooks: vi.fn(() => Promise.resolve({ webhooks: [hook] })),
		createWebhook: vi.fn(() => Promise.resolve({ webhook: hook, secret: 'whsec_x' })),
		changeWebhook: vi.fn(() => Promise.resolve(hook)),
		pauseWebhook: vi.fn(() => Promise.resolve(hook)),
		retryWebhook: vi.fn(() => Promise.resolve(hook)),
		testWebhook: vi.fn(() => Promise.resolve({ status: 200, ms: 84, body: 'ok', error: '' })),
		removeWebhook: vi.fn(() => Promise.resolve()),
	};
	programs = new Programs(verbs);
});

test('a token has the rights that are ticked, and none that stands behind a box that is not', async () => {
	programs.openToken();
	Object.assign(programs.token, {
		...{ name: 'grafana', publishes: true, publish: ['line-2'], urgent: true, read: ['all'] },
	});
	await programs.createToken();
	expect(verbs.createToken).toHaveBeenLastCalledWith('grafana', {
		...{ publish: ['line-2'], read: [], urgent: true, ask: false, receipts: false, people: false },
		...{ metrics: false, in_url: false, rate: 1 },
	});
	expect([programs.form, programs.madeToken?.secret, programs.token.name]).toEqual([undefined, 'tk_x', '']);
	programs.openToken();
	Object.assign(programs.token, {
		name: 'wall',
		publish: ['line-2'],
		urgent: true,
		ask: true,
		reads: true,
		read: ['a'],
	});
	await programs.createToken();
	expect(vi.mocked(verbs.createToken).mock.lastCall![1]).toMatchObject({
		...{ publish: [], read: ['a'], urgent: false, ask: false },
	});
});

test('what was filled in survives a refusal, and its form is closed by hand alone', async () => {
	vi.mocked(verbs.createToken).mockRejectedValueOnce(new Error('taken'));
	programs.openToken();
	programs.token.name = 'grafana';
	await expect(programs.createToken()).rejects.toThrow('taken');
	expect([programs.form, programs.token.name, programs.madeToken]).toEqual(['token', 'grafana', undefined]);
	programs.cancel();
	expect([programs.form, programs.token.name]).toEqual([undefined, '']);
});

test('a secret is shown until it was copied, or its token is removed', async () => {
	await programs.createToken();
	expect(programs.madeToken?.secret).toBe('tk_x');
	await programs.removeToken('another');
	expect(programs.madeToken).toBeDefined();
	await programs.removeToken('t');
	expect(programs.madeToken).toBeUndefined();
	await programs.saveHook();
	expect(programs.madeHook?.secret).toBe('whsec_x');
	programs.done();
	expect(programs.madeHook).toBeUndefined();
});

test('a webhook is changed in place, and private texts go nowhere without texts', async () => {
	programs.openHook(hook);
	programs.hook.texts = false;
	await programs.saveHook();
	const chosen = { url: hook.url, events: ['answer'], texts: false, private: false };
	expect(verbs.changeWebhook).toHaveBeenLastCalledWith('h', chosen);
	expect(programs.madeHook).toBeUndefined();
	programs.openHook(hook);
	programs.form = undefined;
	programs.openHook();
	expect(programs.hook).toEqual({ url: '', events: [], texts: false, private: false });
});

test('a test keeps its answer, and an event has the lists read again', async () => {
	await programs.testHook('h');
	expect(programs.tested.get('h')).toMatchObject({ status: 200, body: 'ok' });
	const end = programs.watch();
	await vi.waitFor(() => expect(programs.tokens.value?.tokens).toHaveLength(1));
	programs.onevent({ tokens_rev: 2, webhooks_rev: 1 } as OperatorEvent);
	programs.onevent({ tokens_rev: 3, webhooks_rev: 1 } as OperatorEvent);
	await vi.waitFor(() => expect(vi.mocked(verbs.tokens).mock.calls.length).toBeGreaterThan(1), 3_000);
	end();
});
