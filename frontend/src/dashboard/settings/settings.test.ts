import { expect, test } from 'vitest';
import { clock } from '../../lib/format';
import type { AuditEntry } from '../operator/operator';
import { device } from '../parts/device';
import { amount, least, readAmount } from '../parts/amounts';
import { actorText, auditText, beganAt } from '../parts/audit-text';
import { changeText } from '../parts/setting-labels';

test('a number is shown in its unit and read back the same', () => {
	expect(amount(1 << 30, 1 << 30)).toBe('1');
	expect(amount(3 << 29, 1 << 30)).toBe('1.5');
	expect(readAmount('1,5', 1 << 30)).toBe(3 << 29);
	expect(readAmount(' 0.5 ', 1)).toBe(0.5);
	for (const text of ['', 'x', '-1', '1e9', '1.', '.5', '1 000']) expect(readAmount(text, 1)).toBeUndefined();
	expect(amount(0, 1, 'No limit')).toBe('No limit');
	for (const text of ['', ' no limit ', '0']) expect(readAmount(text, 1, 'No limit')).toBe(0);
	expect(readAmount('none', 1, 'No limit')).toBeUndefined();
	expect(least(1 << 20, 1 << 30)).toBe(0.001);
});

test('a change of a setting is said in the words of the page', () => {
	expect(changeText('keep_days', '90', '30')).toBe('Keep messages for: 90 to 30 days');
	expect(changeText('keep_bytes', String(1 << 30), String(1 << 29))).toBe('Keep at most: 1 to 0.5 GiB');
	expect(changeText('remote_dashboards', 'true', 'false')).toBe('Dashboards on other computers: on to off');
	expect(changeText('name', '', 'Hall 2')).toBe('Room name: Hall 2');
	expect(changeText('name', 'Hall 2', '')).toBe('Room name: Hall 2 to none');
	expect(changeText('max_connections', '0', '500')).toBe('Devices at once: No limit to 500');
	expect(changeText('client_rate', '7', '0')).toBe('Messages from one device: 7 to No limit');
	expect(changeText('something_new', '"a"', '"b"')).toBe('something_new: a to b');
});

const entry = (more: Partial<AuditEntry>): AuditEntry => ({ n: 1, time: '', what: 'setting', door: 'web', ...more });
const sentence = (more: Partial<AuditEntry>) => {
	const { text, whom, rest } = auditText(entry(more));
	return `${text}${whom ? ` ${whom}` : ''}${rest ?? ''}`;
};

test('what was done is a sentence, whoever or whatever it was done to', () => {
	expect(sentence({ what: 'signed_in', detail: 'password' })).toBe('Signed in with the password');
	expect(sentence({ what: 'wrong_key', detail: 'key', since: 'before', count: 1 })).toBe('Wrong key, 1 time');
	expect(sentence({ what: 'blocked', target: '192.168.1.77', detail: 'Guessing.' })).toBe(
		'Blocked 192.168.1.77: Guessing.',
	);
	expect(sentence({ what: 'muted', user_id: 'u1', name: 'Ana' })).toBe('Muted Ana');
	expect(sentence({ what: 'muted', user_id: 'u1', name: 'Ana', since: 'before', count: 7 })).toBe('Muted Ana, 7 times');
	expect(sentence({ what: 'refused', names: ['Ana', 'Bo'], count: 60, detail: 'Full.' })).toBe(
		'Refused 60 people (Ana, Bo …): Full.',
	);
	expect(sentence({ what: 'exported', count: 3, detail: 'csv' })).toBe('Exported 3 messages');
	expect(sentence({ what: 'broadcast', seq: 12 })).toBe('Sent message 12');
	expect(sentence({ what: 'broadcast', seq: 12, topic: 'tea' })).toBe('Sent message 12 to tea');
	expect(sentence({ what: 'withdrawn', seq: 12 })).toBe('Deleted message 12');
	expect(sentence({ what: 'withdrawn', seq: 12, user_id: 'u1', name: 'Ana' })).toBe('Deleted message 12 from Ana');
	expect(sentence({ what: 'topic_renamed', topic: 'line-2', detail: 'Line 2' })).toBe(
		'Renamed the topic line-2 to Line 2',
	);
	expect(sentence({ what: 'code_changed', detail: 'guessed' })).toMatch(/^Belfry changed the join code/);
	expect(sentence({ what: 'token_created', name: 'Wall display' })).toBe('Created the token Wall display');
	expect(sentence({ what: 'webhook_tested', target: 'tickets.example.org' })).toBe(
		'Tested the webhook tickets.example.org',
	);
	expect(sentence({ what: 'webhook_paused', target: 'a.example' })).toBe('Paused the webhook a.example');
	expect(sentence({ what: 'webhook_paused', door: '', target: 'a.example' })).toBe(
		'Belfry paused the webhook a.example after a day of failures',
	);
	expect(sentence({ what: 'webhook_failing', door: '', target: 'a.example' })).toBe('Failing webhook: a.example');
	expect(sentence({ what: 'turned_round', target: 'x' })).toBe('turned round x');
});

test('by whom: the window, a browser somewhere, or nobody', () => {
	expect(actorText(entry({ door: 'window' }))).toBe('The window');
	expect(actorText(entry({ browser: 'Linux, Firefox', address: '192.168.1.12' }))).toBe(
		'Firefox on Linux, 192.168.1.12',
	);
	expect(actorText(entry({ address: '192.168.1.12', session: 'abcdefk4x2' }))).toBe('192.168.1.12, session k4x2');
	expect(actorText(entry({ address: '192.168.1.12', session: 'connection-7' }))).toBe('192.168.1.12, connection 7');
	expect(actorText(entry({ door: '', address: '192.168.1.77' }))).toBe('192.168.1.77');
	expect(actorText(entry({ door: '' }))).toBe('Belfry');
	expect(actorText(entry({ door: 'program', token: 'grafana', address: '192.168.1.60' }))).toBe(
		'Program grafana, 192.168.1.60',
	);
	expect(actorText(entry({ door: 'program' }))).toBe('Program');
	expect(device('curl')).toBe('curl');
});

test('what happened again is told with its span, in the place where it began', () => {
	const at = (minute: number) => new Date(2026, 10, 23, 17, minute).toISOString();
	const again = { what: 'signed_in', detail: 'key', since: at(9), time: at(14), count: 4 };
	const span = `${clock(at(9))} to ${clock(at(14))}`;
	expect(sentence(again)).toBe(`Signed in with the key, ${span}, 4 times`);
	expect(sentence({ ...again, time: at(9) })).toBe('Signed in with the key, 4 times');
	expect(sentence({ ...again, what: 'blocked', target: '10.0.0.9', detail: 'Guessing.' })).toBe(
		`Blocked 10.0.0.9: Guessing., ${span}, 4 times`,
	);
	const list = [entry({ time: at(12) }), entry({ time: at(11) }), entry(again), entry({ time: at(1) })].map(beganAt);
	expect(list).toEqual([...list].sort().reverse());
});
