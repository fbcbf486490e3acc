import { expect, test } from 'vitest';
import { webPrograms } from './web-programs';

test('each verb is asked for by its name and fields, and a webhook comes out of its wrapping', async () => {
	const asked: [string, object | undefined][] = [];
	const programs = webPrograms(<T>(verb: string, fields?: object) => {
		asked.push([verb, fields]);
		return Promise.resolve({ webhook: { id: 'h' } } as T);
	});
	const rights = {
		...{ publish: ['line-2'], read: [], urgent: true, ask: false, receipts: false, people: false },
		...{ metrics: false, in_url: false, rate: 0 },
	};
	const query = { url: 'https://a.example/', events: ['left' as const], texts: false, private: false };
	await programs.tokens();
	await programs.createToken('grafana', rights);
	await programs.removeToken('t');
	await programs.webhooks();
	await programs.createWebhook(query);
	expect(await programs.changeWebhook('h', query)).toEqual({ id: 'h' });
	expect(await programs.pauseWebhook('h', true)).toEqual({ id: 'h' });
	expect(await programs.retryWebhook('h')).toEqual({ id: 'h' });
	await programs.testWebhook('h');
	await programs.removeWebhook('h');
	expect(asked).toEqual([
		['tokens', undefined],
		['create_token', { name: 'grafana', ...rights }],
		['remove_token', { token: 't' }],
		['webhooks', undefined],
		['create_webhook', query],
		['change_webhook', { webhook: 'h', ...query }],
		['pause_webhook', { webhook: 'h', paused: true }],
		['retry_webhook', { webhook: 'h' }],
		['test_webhook', { webhook: 'h' }],
		['remove_webhook', { webhook: 'h' }],
	]);
});
