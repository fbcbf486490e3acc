import { expect, test } from 'vitest';
import type { SettingsAnswer, State } from '../operator/operator';
import { report } from './report';

test('a report for support has versions and changed settings, and nothing that names or opens anything', () => {
	const state = {
		version: '1.2.3',
		build: 'commit abc1234, 2026-11-30',
		name: 'Ward 7',
		kept: 12,
		data: '/home/marta/belfry',
		access: 'code',
		code: '482913',
		address: { kind: 'wifi', host: '192.168.1.24', port: ':8000' },
		started: '2026-11-30T06:00:00Z',
		doubts: [{ code: 'clock' }],
	} as unknown as State;
	const answer = {
		values: { keep_days: 30, max_topics: 32, remote_dashboards: true, wifi_password: 'brass bells' },
		defaults: { keep_days: 90, max_topics: 32, remote_dashboards: false, wifi_password: '' },
		ruled: { client_rate: '-client-rate' },
	} as unknown as SettingsAnswer;
	const text = report(state, answer, 'A browser');
	for (const part of [
		'Belfry 1.2.3 (commit abc1234, 2026-11-30)',
		'keep_days: 30',
		'remote_dashboards: true',
		'Doubt: clock',
		'Flag: -client-rate',
	])
		expect(text).toContain(part);
	for (const secret of ['Ward 7', '/home/marta', '482913', '192.168.1.24', 'brass bells', 'max_topics'])
		expect(text).not.toContain(secret);
});
