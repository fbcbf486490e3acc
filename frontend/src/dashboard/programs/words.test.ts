import { expect, test } from 'vitest';
import { clock } from '../../lib/format';
import type { Rights, Token, Webhook } from '../operator/operator';
import { curlLine, eventsText, factsOf, hostOf, listed, rateText, rightsText, untilText, usedText } from './words';

const none: Rights = {
	...{ publish: [], read: [], urgent: false, ask: false, receipts: false, people: false, metrics: false },
	...{ in_url: false, rate: 1 },
};
const NOW = new Date(2026, 10, 22, 10, 43).getTime();
const at = (minute: number, day = 22) => new Date(2026, 10, day, 10, minute).toISOString();
const titles: Record<string, string> = { 'line-2': 'Line 2', safety: 'Safety' };
const titleOf = (topic: string) => titles[topic] ?? topic;

test('what a token can do is one line', () => {
	const can = (rights: Partial<Rights>) => rightsText({ ...none, ...rights }, titleOf);
	expect(can({})).toBe('Nothing but counts and topics');
	expect(can({ publish: ['line-2', 'safety'], urgent: true })).toBe('Post to Line 2 and Safety · urgent');
	expect(can({ publish: ['everyone'], ask: true, receipts: true })).toBe(
		'Post to everyone · ask to confirm · receipts',
	);
	expect(can({ publish: ['people'] })).toBe('Post to single people');
	expect(can({ read: ['all', 'safety'], people: true })).toBe('Read everything, private conversations too · people');
	expect(can({ read: ['everyone', 'safety', 'gone'] })).toBe('Read messages to everyone, Safety and gone');
	expect(can({ metrics: true, in_url: true })).toBe('Metrics · token in addresses');
	expect([listed([]), rateText(0), rateText(0.5), rateText(1200)]).toEqual([
		...['', 'No limit', '0.5 per second', '1,200 per second'],
	]);
});

test('the last use says when, and from where', () => {
	const token = (used: string, from: string) => usedText({ used, used_from: from } as Token, NOW);
	expect(token('', '')).toBe('Never used');
	expect(token(at(39), '192.168.1.60')).toBe(`Last used ${clock(at(39))} from 192.168.1.60`);
	expect(token(at(2, 20), '')).toMatch(/^Last used on \w+, .*20 November.*10:02/);
	for (const own of ['127.0.0.1', '127.8.0.1', '::1', '[::1]'])
		expect(token(at(39), own)).toMatch(/from Belfry’s own computer$/);
	expect(token(at(39), '::12')).toMatch(/from ::12$/);
});

test('the line to try a token does what the token can do', () => {
	const line = (rights: Partial<Rights>) => curlLine('tk_x', { ...none, ...rights }, 'http://192.168.1.24:8000/');
	const head = 'curl -H "Authorization: Bearer tk_x"';
	expect(line({ publish: ['line-2', 'everyone'] })).toBe(
		`${head} -d "Hello from a program" http://192.168.1.24:8000/line-2`,
	);
	expect(line({ publish: ['people', 'everyone'] })).toMatch(/\/everyone$/);
	expect(line({ publish: ['people'], read: ['all'] })).toMatch(/"user_id".* http:\S*\/api\/v1\/messages$/);
	expect(line({ read: ['all'] })).toBe(`${head} http://192.168.1.24:8000/api/v1/messages`);
	expect(line({ people: true, metrics: true })).toMatch(/\/api\/v1\/people$/);
	expect(line({ metrics: true })).toMatch(/8000\/metrics$/);
	expect(line({ receipts: true })).toMatch(/\/api\/v1\/now$/);
});

const hook = (more: Partial<Webhook>): Webhook => ({
	...{ id: 'h', url: 'https://a.example/in', events: ['answer', 'complete'], texts: false, private: false },
	...{ state: 'working', state_since: at(0), paused_by: '', waiting: 0, next_try: '', last_sent: '', sent_7d: 0 },
	...{ error: '', created: at(0), ...more },
});

test('what a webhook is called for is one line', () => {
	expect(eventsText(hook({}))).toBe('Answers · announcement complete');
	expect(eventsText(hook({ texts: true, events: ['left', 'joined', 'new_in_2030'] }))).toBe(
		'Joined · left · with names and texts',
	);
	expect(eventsText(hook({ texts: true, private: true }))).toMatch(/private ones too$/);
	expect(hostOf('http://192.168.1.60:9000/belfry?key=1')).toBe('192.168.1.60:9000');
	expect(hostOf('nonsense')).toBe('nonsense');
});

test('a webhook says how it does: what was sent, what waits, and why', () => {
	const facts = (more: Partial<Webhook>) => factsOf(hook(more), NOW);
	expect(facts({})).toEqual(['Nothing sent yet', '0 sent in 7 days']);
	expect(facts({ last_sent: at(41), sent_7d: 1204, waiting: 2 })).toEqual([
		`Last sent ${clock(at(41))}`,
		'1,204 sent in 7 days',
		'2 waiting',
	]);
	const next_try = new Date(NOW + 40_000).toISOString();
	expect(facts({ state: 'failing', error: 'Connection refused.', waiting: 14, next_try })).toEqual([
		'Last error: Connection refused.',
		'14 waiting, next try in 40 s',
	]);
	expect(facts({ state: 'paused', paused_by: 'failures', error: '410 Gone.', waiting: 212 })).toEqual([
		'Failed for a day: 410 Gone.',
		'Nothing is lost; 212 waiting',
	]);
	expect(facts({ state: 'paused', paused_by: 'operator' })).toEqual(['Nothing is lost']);
	expect([untilText(at(43), NOW), untilText(at(42), NOW), untilText(at(48), NOW), untilText('', NOW)]).toEqual([
		...['now', 'now', 'in 5 min', 'now'],
	]);
});
