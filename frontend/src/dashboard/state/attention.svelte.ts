import type { Attachment } from 'svelte/attachments';
import type { Message } from '../../lib/protocol';
import type { Store } from '../../lib/storage';
import type { Conversation } from '../operator/operator';
import { merge } from './merge';
import { Looked } from './looked';
import { isByPerson } from './sender';

/** Whoever wrote longer ago than this has found another way: they are listed, and call no more. */
const CALLS_FOR = 12 * 3_600_000;
/** Messages that are kept of one call. */
const MOST = 50;

/** A person who wrote privately, and has no answer yet. */
export interface Call {
	userID: string;
	/** As they gave it with their last message. */
	name: string;
	/** What nobody has answered, in rising seq. */
	messages: readonly Message[];
	/** The newest of them. */
	last: Message;
	/** Since when they wait. */
	since: string;
	/** Something of it was never on the screen of a window that had the focus. */
	unseen: boolean;
}

/**
 * Who wrote to the operator alone and waits. A call is unseen until all of it was on the screen of a window that has the
 * focus, and stays until it is answered or settled.
 */
export class Attention {
	/** Who waits for an answer, longest first. */
	calls = $state.raw<readonly Call[]>([]);
	unseen = $derived(this.calls.filter((call) => call.unseen));
	/** Those of them that are to be called above the page: not in sight, and not put away. */
	called = $derived(this.unseen.filter((call) => !this.#inSight.has(call.last.seq) && !this.#isPutAway(call)));
	/** The lobby is on the screen. */
	lobbyInSight = $state(false);
	/** Something lies over the page, so that nothing of it can be seen. */
	covered = false;

	#messages = new Map<string, Message[]>();
	#answered = new Map<string, number>();
	/** Since when somebody waits, and up to where what they wrote was seen on some dashboard, as the server says. */
	#since = new Map<string, string>();
	#seen = new Map<string, number>();
	#looked: Looked;
	/** The messages on the screen, and who wrote them. */
	#inSight = $state.raw<ReadonlyMap<number, string>>(new Map());
	#putAway = $state.raw<ReadonlySet<string>>(new Set());
	#callsOf = new Map<string, Call>();
	/** Whose calls are to be made anew: of thousands who wait, few change with a message. */
	#changed = new Set<string>();
	/** The conversations as the server told them last. */
	#known = new Map<string, Conversation>();
	/** A call gets too old by itself: each minute all are made anew. */
	#minute = 0;
	/** Messages that were seen before an earlier one of the same person was. */
	#ahead = new Set<number>();

	/**
	 * tell: a person's messages were seen, or need no answer, up to this seq. isCopy: of an announcement, which answers
	 * nobody.
	 */
	constructor(
		store: Store,
		private readonly tell: Record<'seen' | 'settled', (userID: string, seq: number) => void>,
		private readonly isCopy: (message: Message) => boolean = () => false,
		private readonly now: () => number = Date.now,
	) {
		this.#looked = new Looked(store);
	}

	/** Watches whether the window has the focus; the returned function ends it. */
	start(): () => void {
		const look = () => this.look();
		addEventListener('focus', look);
		document.addEventListener('visibilitychange', look);
		return () => {
			removeEventListener('focus', look);
			document.removeEventListener('visibilitychange', look);
		};
	}

	/** Messages of the room, in any order, and as often as they come. */
	take(messages: readonly Message[]): void {
		let changed = false;
		for (const message of messages) {
			if (message.audience !== 'private') continue;
			if (message.from.program) continue; // it neither asks nor answers
			changed = (message.from.operator ? this.#answer(message) : this.#call(message)) || changed;
		}
		if (changed) this.#gather();
	}

	/** What the server knows of conversations: it has the whole log, and what other dashboards have seen. */
	know(conversations: readonly Conversation[]): void {
		for (const one of conversations) {
			if (isSame(one, this.#known.get(one.user_id))) continue;
			this.#known.set(one.user_id, one);
			const { user_id: userID, waiting_seq: from, waiting, seen, seq } = one;
			this.#seen.set(userID, Math.max(seen, this.#seen.get(userID) ?? 0));
			// What came after this answer was made is known better here.
			if ((this.#answered.get(userID) ?? 0) <= seq) this.#answered.set(userID, from > 0 ? from - 1 : seq);
			const answered = this.#answered.get(userID)!;
			const list = (this.#messages.get(userID) ?? []).filter((message) => message.seq > answered);
			const newest = newestOf(one);
			// Settled here, and not told yet: by a page that ended before it could.
			const settled = from > 0 ? this.#looked.upTo(userID, 'settled', { ...newest, seq: from, time: waiting }) : 0;
			if (settled > 0) this.tell.settled(userID, settled);
			if (from > answered && !list.some((message) => message.seq >= newest.seq)) list.push(newest);
			this.#set(userID, list.sort(bySeq));
			if (from > 0) this.#since.set(userID, waiting);
			else this.#since.delete(userID);
		}
		this.#gather();
	}

	/** Drops messages that were deleted. */
	drop(seqs: readonly number[]): void {
		const gone = new Set(seqs);
		// Whoever had an answer that is deleted waits again: since when, the server says.
		for (const [userID, seq] of this.#answered) if (gone.has(seq)) this.#answered.delete(userID);
		for (const [userID, list] of this.#messages) {
			if (list.some(({ seq }) => gone.has(seq)))
				this.#set(
					userID,
					list.filter(({ seq }) => !gone.has(seq)),
				);
		}
		this.#known.clear();
		this.#gather();
	}

	/** Forgets everything: what comes is of another log. */
	reset(): void {
		for (const userID of this.#messages.keys()) this.#set(userID, []);
		this.#known.clear();
		this.#answered.clear();
		this.#since.clear();
		this.#seen.clear();
		this.#gather();
	}

	get(userID: string): Call | undefined {
		void this.calls;
		return this.#callsOf.get(userID);
	}

	/** The call needs no answer. */
	settle({ userID, last }: Call): void {
		this.#looked.reach(userID, last, 'seen', 'settled');
		this.#looked.keep();
		this.#changed.add(userID);
		this.tell.settled(userID, last.seq);
		this.#gather();
	}

	/** Puts a strip away, until more comes from there. key: of a call or of somebody in the lobby. */
	putAway(key: string): void {
		this.#putAway = new Set([...this.#putAway, key]);
	}

	wasPutAway(key: string): boolean {
		return this.#putAway.has(key);
	}

	/** Watches whether a message is on the screen; nothing to watch: one that calls nobody. */
	sight(message: Message): Attachment | undefined {
		if (message.audience !== 'private' || !isByPerson(message)) return undefined;
		const { seq, from } = message;
		const userID = from.user_id ?? '';
		return (row) => {
			const sees = (entries: IntersectionObserverEntry[]) => this.#show(seq, userID, isInSight(entries.at(-1)!));
			const observer = new IntersectionObserver(sees, { threshold: [0, 0.25, 0.5, 0.75, 1] });
			observer.observe(row);
			return () => {
				observer.disconnect();
				this.#show(seq, userID, false);
			};
		};
	}

	/** Watches whether the lobby is on the screen. */
	sightOfLobby: Attachment = (lobby) => {
		const observer = new IntersectionObserver((entries) => (this.lobbyInSight = entries.at(-1)!.isIntersecting));
		observer.observe(lobby);
		return () => {
			observer.disconnect();
			this.lobbyInSight = false;
		};
	};

	/** What is in sight was seen, where somebody can see it. also: of whom something came that may have been missing before. */
	look(also: Iterable<string> = []): void {
		if (this.covered || document.hidden || !document.hasFocus()) return;
		for (const seq of this.#inSight.keys()) this.#ahead.add(seq);
		let changed = false;
		for (const userID of new Set([...this.#inSight.values(), ...also]))
			changed = this.#advance(userID, this.#messages.get(userID) ?? []) || changed;
		if (!changed) return;
		this.#looked.keep();
		this.#gather();
	}

	// Seen counts without a gap: what a jump left out is still to be seen.
	#advance(userID: string, list: readonly Message[]): boolean {
		let last: Message | undefined;
		for (const message of list) {
			if (this.#wasSeen(userID, message)) continue;
			if (!this.#ahead.delete(message.seq)) break;
			last = message;
		}
		if (!last) return false;
		this.#looked.reach(userID, last, 'seen');
		this.#changed.add(userID);
		this.tell.seen(userID, last.seq);
		return true;
	}

	#show(seq: number, userID: string, inSight: boolean): void {
		if (this.#inSight.has(seq) === inSight) return;
		const next = new Map(this.#inSight);
		if (inSight) next.set(seq, userID);
		else next.delete(seq);
		this.#inSight = next;
		if (inSight) this.look();
	}

	#call(message: Message): boolean {
		const userID = message.from.user_id;
		if (!userID || message.seq <= (this.#answered.get(userID) ?? 0)) return false;
		if (!this.#isRecent(message)) return false;
		const list = this.#messages.get(userID) ?? [];
		// What the server tells of a conversation has the beginning of a text alone, or none.
		const known = list.find(({ seq }) => seq === message.seq);
		if (known && known.message.length >= message.message.length) return false;
		this.#set(userID, [...list.filter((one) => one !== known), message].sort(bySeq).slice(-MOST));
		return true;
	}

	#isRecent({ time }: Message): boolean {
		return this.now() - new Date(time).getTime() < CALLS_FOR;
	}

	#answer(message: Message): boolean {
		const { user_id, seq } = message;
		if (this.isCopy(message)) return false;
		if (!user_id || seq <= (this.#answered.get(user_id) ?? 0)) return false;
		this.#answered.set(user_id, seq);
		const list = this.#messages.get(user_id);
		if (!list) return false;
		this.#since.delete(user_id);
		this.#set(
			user_id,
			list.filter((one) => one.seq > seq),
		);
		return true;
	}

	#set(userID: string, messages: Message[]): void {
		this.#messages.set(userID, messages);
		this.#changed.add(userID);
	}

	#gather(): void {
		const minute = Math.floor(this.now() / 60_000);
		const changed = minute === this.#minute ? this.#changed : new Set(this.#messages.keys());
		this.#minute = minute;
		this.#changed = new Set();
		const fresh: Call[] = [];
		for (const userID of changed) {
			const call = this.#callOf(userID, this.#messages.get(userID) ?? []);
			if (call) {
				this.#callsOf.set(userID, call);
				fresh.push(call);
			} else {
				this.#callsOf.delete(userID);
				this.#messages.delete(userID);
			}
		}
		// The others are in order already.
		const stayed = this.calls.filter(({ userID }) => !changed.has(userID));
		this.calls = merge(stayed, fresh.sort(longestFirst), longestFirst);
		this.look(changed);
	}

	#callOf(userID: string, list: readonly Message[]): Call | undefined {
		const messages = list.filter((message) => !this.#looked.reached(userID, 'settled', message));
		const last = messages.at(-1);
		if (!last) return undefined;
		const unseen = messages.some((message) => !this.#wasSeen(userID, message) && this.#isRecent(message));
		const since = (messages.length === list.length && this.#since.get(userID)) || messages[0]!.time;
		return { userID, name: last.from.name, messages, last, since, unseen };
	}

	#wasSeen(userID: string, message: Message): boolean {
		return message.seq <= (this.#seen.get(userID) ?? 0) || this.#looked.reached(userID, 'seen', message);
	}

	#isPutAway(call: Call): boolean {
		return this.#putAway.size > 0 && this.#putAway.has(keyOf(call));
	}
}

/** Whether nearly all of a row is on the screen; of a long one, as much as fills a good part of the window. */
function isInSight({ isIntersecting, intersectionRatio, intersectionRect, rootBounds }: IntersectionObserverEntry) {
	const fills = intersectionRect.height > (rootBounds?.height ?? Infinity) / 3;
	return isIntersecting && (intersectionRatio >= 0.75 || fills);
}

function bySeq(a: Message, b: Message): number {
	return a.seq - b.seq;
}

function longestFirst(a: Call, b: Call): number {
	return a.since < b.since ? -1 : a.since > b.since ? 1 : a.last.seq - b.last.seq;
}

/** Whether the server says of a conversation what it said before. */
function isSame(a: Conversation, b: Conversation | undefined): boolean {
	return (
		b !== undefined &&
		a.seq === b.seq &&
		a.seen === b.seen &&
		a.waiting_seq === b.waiting_seq &&
		a.waiting_newest === b.waiting_newest &&
		a.waiting === b.waiting
	);
}

/** The newest message that waits in a conversation; where something else came after it, its text is not known. */
function newestOf({ user_id, name, seq, time, text, waiting, waiting_newest }: Conversation): Message {
	const from = { user_id, name };
	const last = waiting_newest === seq;
	const of = last ? { seq, time, message: text } : { seq: waiting_newest, time: waiting, message: '' };
	return { type: 'message', audience: 'private', user_id, from, ...of };
}

/** What names a call in its present state: with another message it is another one. */
export function keyOf({ userID, last }: Call): string {
	return `${userID} ${last.seq}`;
}
