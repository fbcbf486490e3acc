import type { NewWebhookAnswer, Programs, Webhook } from './programs';

/** The verbs about programs over the socket; ask sends one and answers with its fields. */
export function webPrograms(ask: <T>(verb: string, fields?: object) => Promise<T>): Programs {
	const hook = (verb: string, fields: object): Promise<Webhook> =>
		ask<{ webhook: Webhook }>(verb, fields).then(({ webhook }) => webhook);
	return {
		tokens: () => ask('tokens'),
		createToken: (name, rights) => ask('create_token', { name, ...rights }),
		removeToken: (id) => ask('remove_token', { token: id }),
		webhooks: () => ask('webhooks'),
		createWebhook: (query) => ask<NewWebhookAnswer>('create_webhook', query),
		changeWebhook: (id, query) => hook('change_webhook', { webhook: id, ...query }),
		pauseWebhook: (id, paused) => hook('pause_webhook', { webhook: id, paused }),
		retryWebhook: (id) => hook('retry_webhook', { webhook: id }),
		testWebhook: (id) => ask('test_webhook', { webhook: id }),
		removeWebhook: (id) => ask('remove_webhook', { webhook: id }),
	};
}
