import { duration } from '../../lib/format';
import { displayName } from '../../lib/people';
import type { Message } from '../../lib/protocol';
import type { DashboardContext } from '../context';
import { callerOf } from '../parts/calls';
import { missingOf } from '../parts/receipt-text';
import { personEntry, topicEntry, type Entry } from './entry';

/** Messages that are looked through, from the newest back. */
const LOOK_BACK = 500;
/** Recent people and topics. */
const RECENT = 3;
/** Letters of a message. */
const EXCERPT = 60;

/** The person of a private message, whoever wrote it. */
function personOf({ audience, user_id, from }: Message): string | undefined {
	return audience === 'private' ? (from.user_id ?? user_id) : undefined;
}

/** Who waits for the operator: private messages without an answer, then people who ask to join. */
export function waiting({ dashboard, view }: DashboardContext): Entry[] {
	const { attention, admission, clock } = dashboard;
	const messages = attention.calls.map((call): Entry => ({
		id: `answer-${call.userID}`,
		sign: 'lock',
		label: `Answer ${callerOf(call)}`,
		end: call.last.message.slice(0, EXCERPT),
		go: () => void view.talk(call.userID),
	}));
	const lobby = (admission.lobby.value?.waiting ?? []).map((one): Entry => ({
		id: `lobby-${one.user_id}`,
		sign: 'door',
		label: `Let in or refuse ${displayName(one.user_id, one.name)}`,
		end: duration(clock.now - new Date(one.since).getTime()),
		go: () => void view.go('people', `let-in-${one.user_id}`, 'people'),
	}));
	return [...messages.slice(0, RECENT), ...lobby.slice(0, RECENT)];
}

/** Whom and what was written to last, and the announcement that somebody has not confirmed. */
export function recent(context: DashboardContext): Entry[] {
	const { attention, feed, people, announcements, receipts, room } = context.dashboard;
	const { view } = context;
	const waits = new Set(attention.calls.map(({ userID }) => userID));
	const entries = new Map<string, Entry>();
	for (const message of feed.all.slice(-LOOK_BACK).toReversed()) {
		const userID = personOf(message);
		const person = userID && !waits.has(userID) ? people.find(userID) : undefined;
		const known = message.topic && room.state?.topics.some((one) => one.topic === message.topic && !one.archived);
		const entry = person ? personEntry(person, context) : known && topicEntry(message.topic!, context);
		if (entry && !entries.has(entry.id)) entries.set(entry.id, entry);
		if (entries.size === RECENT) break;
	}
	const open = announcements.open[0];
	const counts = open && receipts.get(open.seq);
	if (!open || !counts) return [...entries.values()];
	const announcement: Entry = {
		id: `announcement-${open.seq}`,
		sign: 'megaphone',
		label: (open.title || open.message).slice(0, EXCERPT),
		end: missingOf(counts, open.ack !== undefined),
		go: () => {
			announcements.chosen = open;
			void view.turn('announcements');
		},
	};
	return [...entries.values(), announcement];
}
