import { number } from '../../lib/format';
import { displayName } from '../../lib/people';
import type { AuditEntry } from '../operator/operator';
import { device } from './device';
import { sessionName } from './session-name';
import { changeText } from './setting-labels';

/** An audit entry as a sentence, with the target in its middle. */
export interface AuditText {
	text: string;
	/** The target, shown strong. */
	whom?: string;
	rest?: string;
}

/** Words for an entry of the audit list. Unknown actions are shown as they came. */
export function auditText(entry: AuditEntry): AuditText {
	const said = sentence(entry);
	if (entry.since !== undefined && entry.what !== 'wrong_key') {
		const times = `, ${number(entry.count ?? 1)} times`;
		return said.whom ? { ...said, rest: `${said.rest ?? ''}${times}` } : { ...said, text: said.text + times };
	}
	return said;
}

function sentence(entry: AuditEntry): AuditText {
	const whom = entry.user_id !== undefined ? displayName(entry.user_id, entry.name ?? '') : entry.target;
	const many = entry.since === undefined ? (entry.count ?? 0) : 0;
	const times = entry.since !== undefined ? `, ${number(entry.count ?? 1)} times` : '';
	const people = `${number(many)} people${entry.names ? ` (${entry.names.join(', ')}${many > entry.names.length ? ' …' : ''})` : ''}`;
	const reason = entry.detail ? `: ${entry.detail}` : '';
	switch (entry.what) {
		case 'signed_in':
			return { text: entry.detail === 'password' ? 'Signed in with the password' : 'Signed in with the key' };
		case 'signed_out':
			return { text: 'Signed out' };
		case 'wrong_key':
			return { text: `${entry.detail === 'password' ? 'Wrong password' : 'Wrong key'}${times}` };
		case 'session_ended':
			return { text: 'Ended a session', whom, rest: entry.detail && `, ${entry.detail}` };
		case 'new_key':
			return { text: 'New operator’s key' };
		case 'new_code':
			return { text: 'New join code' };
		case 'code_changed':
			return { text: 'The join code changed by itself after too many wrong ones' };
		case 'new_secret':
			return { text: 'New QR code' };
		case 'list_added':
			return { text: 'Put on the list', whom: entry.name };
		case 'list_imported':
			return { text: entry.count === 1 ? 'Imported a name' : `Imported ${number(entry.count ?? 0)} names` };
		case 'list_import_undone':
			return {
				text:
					entry.count === 1
						? 'Took an import of a name back'
						: `Took an import of ${number(entry.count ?? 0)} names back`,
			};
		case 'list_renewed':
			return { text: 'New code for', whom: entry.name };
		case 'grants_ended':
			return entry.user_id === undefined
				? { text: `Had ${number(entry.count ?? 0)} people come in anew` }
				: { text: 'Had come in anew', whom };
		case 'list_removed':
			return { text: 'Took off the list', whom: entry.name };
		case 'key_shown':
			return { text: 'Showed the operator’s key' };
		case 'password_set':
			return { text: 'Set the password' };
		case 'password_off':
			return { text: 'The password was switched off after too many wrong ones' };
		case 'password_on':
			return { text: 'The password opens again' };
		case 'password_removed':
			return { text: 'Removed the password' };
		case 'setting':
			return { text: changeText(entry.setting ?? '', entry.before, entry.after) };
		case 'let_in':
			return many > 1 ? { text: 'Let in', whom: people } : { text: 'Let in', whom };
		case 'refused':
			return { text: 'Refused', whom: many > 1 ? people : whom, rest: reason };
		case 'disconnected':
			return { text: 'Disconnected', whom, rest: reason };
		case 'freed':
			return { text: 'Freed the name and identity of', whom };
		case 'muted':
			return { text: 'Muted', whom };
		case 'unmuted':
			return { text: 'Unmuted', whom };
		case 'blocked':
			return { text: 'Blocked', whom, rest: reason };
		case 'unblocked':
			return { text: 'Unblocked', whom };
		case 'withdrawn':
			return { text: `Withdrew message ${number(entry.seq ?? 0)}${whom ? ' of' : ''}`, whom };
		case 'topic_created':
			return { text: 'Made the topic', whom: entry.topic };
		case 'topic_renamed':
			return { text: 'Renamed the topic', whom: entry.topic, rest: entry.detail && ` to ${entry.detail}` };
		case 'topic_archived':
			return { text: 'Archived the topic', whom: entry.topic };
		case 'topic_opened':
			return { text: 'Opened the topic again', whom: entry.topic };
		case 'confirmed':
			return { text: entry.detail === 'clock' ? 'Confirmed the clock' : 'Confirmed the settings' };
		case 'export_began':
			return {
				text: entry.seq ? `Began to export a report of message ${number(entry.seq)}` : 'Began to export messages',
			};
		case 'exported':
			return {
				text: entry.seq ? `Exported a report of message ${number(entry.seq)}` : `Exported ${number(many)} messages`,
			};
		case 'broadcast':
			return {
				text: `Wrote message ${number(entry.seq ?? 0)}${whom || entry.topic ? ' to' : ''}`,
				whom: whom ?? entry.topic,
			};
		case 'written_again':
			return { text: `Wrote message ${number(entry.seq ?? 0)} again to ${number(many)}` };
		case 'members_added':
			return { text: 'Added', whom: many > 1 ? people : whom, rest: ` to ${entry.topic ?? ''}` };
		case 'members_removed':
			return { text: 'Removed', whom: many > 1 ? people : whom, rest: ` from ${entry.topic ?? ''}` };
		case 'announcement_closed':
			return { text: `Closed announcement ${number(entry.seq ?? 0)}` };
		case 'announcement_reopened':
			return { text: `Reopened announcement ${number(entry.seq ?? 0)}` };
		case 'repeat_stopped':
			return { text: `Stopped the reminders of message ${number(entry.seq ?? 0)}` };
		default:
			return { text: entry.what.replaceAll('_', ' '), whom, rest: reason };
	}
}

/** Words for the actor: "The window", "Firefox on Linux, 192.168.1.12, session k4x2", or Belfry itself. */
export function actorText({ door, address, browser, session }: AuditEntry): string {
	if (door === 'window') return 'The window';
	const where = [browser && device(browser), address, session && sessionName(session)].filter(Boolean).join(', ');
	return where || 'Belfry';
}
