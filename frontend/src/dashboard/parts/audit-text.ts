import { clock, number } from '../../lib/format';
import { displayName } from '../../lib/people';
import type { AuditEntry } from '../operator/operator';
import { device } from './device';
import { count, people } from '../../lib/plural';
import { sessionName } from './session-name';
import { changeText } from './setting-labels';

/** An audit entry as a sentence, with the target in its middle. */
export interface AuditText {
	text: string;
	/** The target, shown strong. */
	whom?: string;
	rest?: string;
}

/** Words for an entry of the activity list. Unknown actions are shown as they came. */
export function auditText(entry: AuditEntry): AuditText {
	const said = sentence(entry);
	if (entry.since === undefined) return said;
	const [from, to] = [clock(entry.since), clock(entry.time)];
	const often = `${from === to ? '' : `, ${from} to ${to}`}, ${count(entry.count ?? 1, 'time')}`;
	return said.whom ? { ...said, rest: `${said.rest ?? ''}${often}` } : { ...said, text: said.text + often };
}

/** When an entry began: what happens again is counted up in the place where it was first. */
export function beganAt({ since, time }: AuditEntry): string {
	return since ?? time;
}

function sentence(entry: AuditEntry): AuditText {
	const whom = entry.user_id !== undefined ? displayName(entry.user_id, entry.name ?? '') : entry.target;
	/** The token or the webhook that it was done to. */
	const about = entry.name ?? entry.target ?? entry.detail;
	const many = entry.since === undefined ? (entry.count ?? 0) : 0;
	const named = entry.names ? ` (${entry.names.join(', ')}${many > entry.names.length ? ' …' : ''})` : '';
	const all = `${people(many)}${named}`;
	const reason = entry.detail ? `: ${entry.detail}` : '';
	switch (entry.what) {
		case 'signed_in':
			return { text: entry.detail === 'password' ? 'Signed in with the password' : 'Signed in with the key' };
		case 'signed_out':
			return { text: 'Signed out' };
		case 'wrong_key':
			return { text: entry.detail === 'password' ? 'Wrong password' : 'Wrong key' };
		case 'session_ended':
			return { text: 'Ended a session', whom, rest: entry.detail && `, ${entry.detail}` };
		case 'new_key':
			return { text: 'New operator’s key' };
		case 'new_code':
			return { text: 'New join code' };
		case 'code_changed':
			return { text: 'Belfry changed the join code after too many wrong ones' };
		case 'new_secret':
			return { text: 'New QR code' };
		case 'list_added':
			return { text: 'Added to the list', whom: entry.name };
		case 'list_imported':
			return { text: `Imported ${count(entry.count ?? 0, 'name')}` };
		case 'list_import_undone':
			return { text: `Undid an import of ${count(entry.count ?? 0, 'name')}` };
		case 'list_renewed':
			return { text: 'New code for', whom: entry.name };
		case 'grants_ended':
			return entry.user_id === undefined
				? { text: `Asked ${people(entry.count ?? 0)} to join again` }
				: { text: 'Asked to join again', whom };
		case 'list_removed':
			return { text: 'Removed from the list', whom: entry.name };
		case 'key_shown':
			return { text: 'Showed the operator’s key' };
		case 'password_set':
			return { text: 'Set the password' };
		case 'password_off':
			return { text: 'Belfry turned the password off after too many wrong ones' };
		case 'password_on':
			return { text: 'Turned the password on again' };
		case 'password_removed':
			return { text: 'Removed the password' };
		case 'setting':
			return { text: changeText(entry.setting ?? '', entry.before, entry.after) };
		case 'let_in':
			return many > 1 ? { text: 'Let in', whom: all } : { text: 'Let in', whom };
		case 'refused':
			return { text: 'Refused', whom: many > 1 ? all : whom, rest: reason };
		case 'disconnected':
			return { text: 'Removed', whom, rest: reason };
		case 'freed':
			return { text: 'Released the name of', whom };
		case 'muted':
			return { text: 'Muted', whom };
		case 'unmuted':
			return { text: 'Unmuted', whom };
		case 'blocked':
			return { text: 'Blocked', whom, rest: reason };
		case 'unblocked':
			return { text: 'Unblocked', whom };
		case 'withdrawn':
			return { text: `Deleted message ${number(entry.seq ?? 0)}${whom ? ' from' : ''}`, whom };
		case 'topic_created':
			return { text: 'Created the topic', whom: entry.topic };
		case 'topic_renamed':
			return { text: 'Renamed the topic', whom: entry.topic, rest: entry.detail && ` to ${entry.detail}` };
		case 'topic_archived':
			return { text: 'Archived the topic', whom: entry.topic };
		case 'topic_opened':
			return { text: 'Reopened the topic', whom: entry.topic };
		case 'confirmed':
			return { text: entry.detail === 'clock' ? 'Confirmed the clock' : 'Confirmed the settings' };
		case 'export_began':
			return {
				text: entry.seq ? `Started to export a report of message ${number(entry.seq)}` : 'Started to export messages',
			};
		case 'exported':
			return {
				text: entry.seq ? `Exported a report of message ${number(entry.seq)}` : `Exported ${count(many, 'message')}`,
			};
		case 'broadcast':
			return {
				text: `Sent message ${number(entry.seq ?? 0)}${whom || entry.topic ? ' to' : ''}`,
				whom: whom ?? entry.topic,
			};
		case 'written_again':
			return { text: `Sent message ${number(entry.seq ?? 0)} again to ${people(many)}` };
		case 'members_added':
			return { text: 'Added', whom: many > 1 ? all : whom, rest: ` to ${entry.topic ?? ''}` };
		case 'members_removed':
			return { text: 'Removed', whom: many > 1 ? all : whom, rest: ` from ${entry.topic ?? ''}` };
		case 'announcement_closed':
			return { text: `Closed announcement ${number(entry.seq ?? 0)}` };
		case 'announcement_reopened':
			return { text: `Reopened announcement ${number(entry.seq ?? 0)}` };
		case 'token_created':
			return { text: 'Created the token', whom: about };
		case 'token_removed':
			return { text: 'Removed the token', whom: about };
		case 'webhook_created':
			return { text: 'Created the webhook', whom: about };
		case 'webhook_changed':
			return { text: 'Changed the webhook', whom: about };
		case 'webhook_removed':
			return { text: 'Removed the webhook', whom: about };
		case 'webhook_paused':
			return entry.door
				? { text: 'Paused the webhook', whom: about }
				: { text: 'Belfry paused the webhook', whom: about, rest: ' after a day of failures' };
		case 'webhook_resumed':
			return { text: 'Resumed the webhook', whom: about };
		case 'webhook_tested':
			return { text: 'Tested the webhook', whom: about };
		case 'webhook_failing':
			return { text: 'Failing webhook:', whom: about };
		case 'repeat_stopped':
			return { text: `Stopped the reminders of message ${number(entry.seq ?? 0)}` };
		default:
			return { text: entry.what.replaceAll('_', ' '), whom, rest: reason };
	}
}

/** Words for the actor: "The window", "Firefox on Linux, 192.168.1.12, session k4x2", or Belfry itself. */
export function actorText({ door, address, browser, session, token }: AuditEntry): string {
	if (door === 'window') return 'The window';
	if (door === 'program') return [`Program ${token ?? ''}`.trim(), address].filter(Boolean).join(', ');
	const where = [browser && device(browser), address, session && sessionName(session)].filter(Boolean).join(', ');
	return where || 'Belfry';
}
