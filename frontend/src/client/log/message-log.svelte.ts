import type {
	Acked,
	ClientFrame,
	ErrorFrame,
	History,
	Message,
	Recovered,
	Remind,
	Since,
	Welcome,
	Withdrawn,
} from '../../lib/protocol';
import type { Luggage } from '../../lib/luggage';
import type { Store } from '../../lib/storage';
import type { Identity } from '../connection/identity.svelte';
import { Acks } from './acks.svelte';
import { Asking } from './asking.svelte';
import { RoomNews } from './news.svelte';
import { Cursor } from './cursor';
import { HistoryPages } from './history.svelte';
import { restoreSnapshot, takeSnapshot } from './keeping';
import { Messages, type About, type Item } from './messages.svelte';
import { Missed, type Note } from './missed.svelte';
import { Outstanding } from './outstanding.svelte';
import { ReceiptSender } from './receipts';
import { SnapshotStore } from './snapshot';

type Send = (frame: ClientFrame) => boolean;

// How many of the missed messages a page that comes back is sent: no more than somebody looks at. Older ones are loaded when
// the reader gets there.
const RECOVERED = 200;

/**
 * The page's copy of the log, without gaps: live messages, recovery after an absence, older pages of history, and a
 * snapshot across reloads. Withdrawals, acknowledgements and pruning are applied to all of them.
 */
export class MessageLog {
	readonly messages = new Messages();
	readonly missed = new Missed();
	readonly older: HistoryPages;
	readonly receipts: ReceiptSender;
	readonly acks: Acks;
	readonly news: RoomNews;
	readonly outstanding: Outstanding;
	readonly asking: Asking;
	readonly cursor = new Cursor(RECOVERED);
	/** Called for each new message of somebody else that comes live. */
	onarrival: (item: Item) => void = () => {};
	/** Called when a recovery is complete: the messages of others, and the note above them. */
	onreturn: (items: readonly Item[], note: Note | undefined) => void = () => {};
	/** Called for older messages of others that were missed and are loaded now. */
	onloaded: (items: readonly Item[]) => void = () => {};
	/** Called when the log is another one than the page last saw. */
	onnewlog: () => void = () => {};
	/** Called when it is known which log this is: from then on numbers of messages may be sent. known: its epoch before. */
	onsettled: (epoch: string, known: string) => void = () => {};
	onwithdrawn: (item: Item) => void = () => {};
	onremind: (item: Item) => void = () => {};
	readonly #identity: Identity;
	readonly #snapshots: SnapshotStore;
	#back: Item[] = [];
	/** What came while it is not known whether the log is another one; undefined: it is known. */
	#held: (() => void)[] | undefined;

	constructor(store: Store, identity: Identity, send: Send) {
		this.#identity = identity;
		this.#snapshots = new SnapshotStore(store);
		this.receipts = new ReceiptSender(send);
		this.acks = new Acks(store, send);
		this.news = new RoomNews(store, () => this.cursor.since ?? 0);
		this.older = new HistoryPages({
			...{ send, joined: () => identity.topics, loaded: () => this.messages.items.length },
			ontake: (frame, one) => this.#older(frame, one),
		});
		this.outstanding = new Outstanding({
			fetch: (seq) => this.older.askFor(seq),
			has: (seq) => this.#has(seq),
			isAcknowledged: (seq) => this.acks.of(seq).at === 'done',
		});
		this.asking = new Asking(this.acks, this.outstanding);
		this.messages.ontrim = (from, gone) => {
			this.older.raise(from);
			this.acks.forget(gone.map((item) => item.message.seq));
		};
	}

	/** Who this connection is: a guest, where there were too many new people. */
	#welcomedAs = '';

	/** Shows at once what the page had when it was closed. */
	restore(): void {
		const snapshot = this.#snapshots.load(this.#identity.user_id);
		if (snapshot) restoreSnapshot(this, snapshot);
	}

	isOwn({ from }: Message): boolean {
		return (from.user_id === this.#identity.user_id || from.user_id === this.#welcomedAs) && !from.operator;
	}

	/** The cursor that the first hello of a connection sends. */
	hello(): Partial<Since> {
		const since = this.cursor.hello();
		if (since) this.missed.begin(since.since);
		this.messages.pauseRendering(this.missed.recovering);
		return since ?? {};
	}

	/** The cursor that a subscribe sends, so that the topic has no gap. */
	subscribe(): Partial<Since> {
		return this.cursor.again() ?? {};
	}

	welcome(welcome: Welcome): void {
		this.#welcomedAs = welcome.user_id;
		const known = this.cursor.welcome(welcome);
		this.#held = undefined;
		this.outstanding.welcome(welcome.asks ?? []);
		if (known === 'unsure') {
			this.#held = [];
			return;
		}
		if (known === 'another') this.#newLog();
		if (known === 'first') {
			this.asking.from = welcome.seq;
			this.older.begin(this.#identity.topics, welcome.seq + 1);
		}
		this.#settled(welcome.epoch);
		if (!this.cursor.open) {
			this.receipts.online();
			this.outstanding.fetch();
		}
		this.#save();
	}

	/** It is known which log this is. known: its epoch before, where it had another. */
	#settled(known: string): void {
		const { epoch } = this.cursor;
		this.acks.online(epoch, known);
		this.older.online();
		this.onsettled(epoch, known);
	}

	offline(): void {
		// What came so far is worth seeing while there is no connection.
		this.messages.pauseRendering(false);
		this.receipts.offline();
		this.acks.offline();
		this.older.offline();
		this.#held = undefined; // it comes again with the next recovery
		this.#snapshots.flush();
	}

	/** A message came. about: what is known of an own one. */
	message(message: Message, about: About = {}): void {
		if (this.#held) return void this.#held.push(() => this.message(message, about));
		const own = this.isOwn(message);
		const missed = !this.#has(message.seq) ? this.missed.came(own) : undefined;
		const item = this.#add(message, { ...about, ...(missed !== undefined && { missed }) });
		this.receipts.arrived(message, own || !item);
		this.cursor.live(message.seq);
		if (item && missed !== undefined) this.#back.push(item);
		else if (item && !own) this.onarrival(item);
		this.#save();
	}

	/** An own message was accepted; its echo may come later, or have come. */
	accepted(message: Message, about: About): void {
		this.#add(message, about);
		this.#save();
	}

	recovered(frame: Recovered): void {
		const back = this.missed.recovering;
		const settling = this.#held !== undefined;
		this.#settle(frame);
		this.older.begin(frame.topics, frame.from);
		if (back && !frame.complete) this.#dropBefore(frame);
		this.outstanding.fetch();
		this.receipts.online();
		const note = this.missed.end(frame);
		this.messages.pauseRendering(false);
		this.#save();
		// What is kept names the run that the acknowledgements beside it name.
		if (settling) this.#snapshots.flush();
		const items = this.#back;
		this.#back = [];
		if (items.length > 0 || note) this.onreturn(items, note);
		this.#save();
	}

	/** A recovery says whether the log is the one that this page knows: only then is what came of it taken. */
	#settle(frame: Recovered): void {
		const { epoch } = this.cursor;
		const known = this.cursor.recovered(frame);
		const held = this.#held;
		if (!held) return;
		this.#held = undefined;
		if (known === 'another') this.#newLog();
		for (const take of held) take();
		this.#settled(known === 'another' ? '' : epoch);
	}

	history(frame: History): void {
		this.older.take(frame);
	}

	withdrawn(frame: Withdrawn): void {
		if (this.#held) return void this.#held.push(() => this.withdrawn(frame));
		const { seq, of } = frame;
		this.cursor.live(seq);
		this.outstanding.drop((other) => other === of);
		const item = this.messages.withdraw(of);
		if (item) {
			this.receipts.shown(item.message);
			this.onwithdrawn(item);
		}
		this.#save();
	}

	acked(frame: Acked): void {
		if (this.#held) return void this.#held.push(() => this.acked(frame));
		const { seq, time } = frame;
		this.acks.acked(seq, time);
		// Whoever answered a message has read it, here or on another device.
		const item = this.messages.find(this.messages.era, seq);
		if (item) this.receipts.shown(item.message);
		this.read((other) => other === item);
		this.#snapshots.flush(); // whoever pressed is not asked again, however soon the page is loaded anew
	}

	/** The operator asks again for what was not acknowledged. */
	remind(frame: Remind): void {
		if (this.#held) return void this.#held.push(() => this.remind(frame));
		const { seq } = frame;
		if (this.acks.of(seq).at === 'done') return;
		this.asking.remind(seq);
		const item = this.messages.find(this.messages.era, seq);
		if (item) return this.onremind(item);
		this.outstanding.add([seq]);
		this.older.askFor(seq);
	}

	/** Postpones an urgent message: it is shown as a strip from then on. */
	putOff(seq: number): void {
		this.asking.putOff(seq);
		this.#save();
	}

	/** Messages are unread no more. */
	read(isRead: (item: Item) => boolean): void {
		this.messages.markRead(isRead);
		this.#save();
	}

	/** A message was seen. */
	shown({ message, own }: Item): void {
		if (own) return;
		this.receipts.shown(message);
		this.#save();
	}

	/** An error about one of these; false when it is about something else. */
	refused(error: ErrorFrame): boolean {
		switch (error.action) {
			case 'ack':
				this.acks.refuse(error);
				return true;
			case 'history':
				this.older.refuse(error);
				return true;
			case 'received':
			case 'read':
				return true;
			case 'subscribe':
				this.cursor.refused();
				return false;
		}
		return false;
	}

	/** Whether the recovery requested with hello is still running. */
	get isOpen(): boolean {
		return this.cursor.open;
	}

	/** The operator put this person into topics: from now on the page has everything of them. */
	join(topics: readonly string[]): void {
		this.older.begin(topics, (this.cursor.since ?? 0) + 1);
	}

	part(topic: string): void {
		this.older.part(topic);
		this.receipts.part(topic);
		this.#save();
	}

	/** What is to be known of it at another machine of the room. */
	luggage(): Pick<Luggage, 'kept' | 'acks'> {
		this.flush();
		return { kept: this.#snapshots.light(this.#identity.user_id), acks: this.acks.pressed };
	}

	/** The page may be gone the next moment: what is due is sent and stored now. */
	flush(): void {
		this.receipts.flush();
		this.#snapshots.flush();
	}

	/** Erases everything of this person from this device. */
	forget(): void {
		this.messages.clear();
		this.messages.unread = [];
		this.missed.clear();
		this.#back = [];
		this.older.clear();
		this.receipts.clear();
		this.acks.clear();
		this.news.clear();
		this.outstanding.clear();
		this.asking.clear();
		this.cursor.clear();
		this.#held = undefined;
		this.#snapshots.clear();
	}

	#add(message: Message, about: About): Item | undefined {
		return this.messages.add(message, this.isOwn(message), about);
	}

	/** one: the message that was asked for; where it is gone, the page is about another. */
	#older(frame: History, one?: number): void {
		for (const seq of frame.acked) {
			// The time is unknown; only the fact matters.
			if (this.acks.of(seq).at === 'open') this.acks.acked(seq, '');
		}
		const messages = one === undefined ? frame.messages : frame.messages.filter(({ seq }) => seq === one);
		const items = this.messages.addOlder(
			messages,
			(message) => this.isOwn(message),
			(message) => this.#aboutOlder(message),
		);
		const others = items.filter(({ message, own }) => !own && this.acks.of(message.seq).at !== 'done');
		for (const { message } of others) this.receipts.loaded(message);
		if (one === undefined) this.onloaded(others.filter(({ missed }) => missed !== undefined));
		else this.outstanding.came(one, others, !this.older.isFetching);
		this.#save();
	}

	/** An older message may be one that was missed: a recovery left it out. */
	#aboutOlder(message: Message): About {
		const missed = !this.#has(message.seq) && !this.isOwn(message) ? this.missed.loaded(message.seq) : undefined;
		return missed === undefined ? {} : { missed };
	}

	#has(seq: number): boolean {
		return this.messages.find(this.messages.era, seq) !== undefined;
	}

	/** Drops what lies before from, but for what waits: there is a gap after it, or the log has pruned it. */
	#dropBefore({ from, gone }: Recovered): void {
		this.outstanding.drop((seq) => this.acks.of(seq).at === 'done');
		const { era, unread } = this.messages;
		const waiting = this.messages.all.filter((one) => one.era === era && this.asking.waits(one, unread.includes(one)));
		this.outstanding.add(waiting.map(({ message }) => message.seq));
		// Of what may be gone only the log knows whether it is: it is fetched anew.
		this.messages.dropBefore(from, gone ? undefined : this.outstanding.seqs);
		this.older.raise(from);
		this.receipts.restart(from);
	}

	#newLog(): void {
		this.messages.clear();
		this.older.clear();
		this.receipts.clear();
		this.acks.clear();
		this.news.restart();
		this.outstanding.clear();
		this.asking.clear();
		this.missed.startLog(true);
		this.#back = [];
		this.#snapshots.clear();
		this.onnewlog();
	}

	#save(): void {
		this.#snapshots.soon(() => takeSnapshot(this, this.#identity.user_id));
	}
}
