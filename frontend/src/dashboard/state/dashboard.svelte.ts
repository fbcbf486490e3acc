import type { Message } from '../../lib/protocol';
import { Store } from '../../lib/storage';
import type { Connection, Handlers, Operator } from '../operator/operator';
import { Admission } from './admission.svelte';
import { Announcements } from './announcements.svelte';
import { Answers } from './answers.svelte';
import { Attention } from './attention.svelte';
import { BroadcastQueue } from './broadcast-queue.svelte';
import { Clock } from './clock.svelte';
import { ComposerState } from './composer.svelte';
import { copies } from './copies';
import { Exporter } from './exporter.svelte';
import { Feed } from './feed.svelte';
import { Hold } from './hold.svelte';
import { People } from './people.svelte';
import { Prefs } from './prefs.svelte';
import { Programs } from './programs.svelte';
import { Puller } from './puller';
import { Reachability } from './reachability.svelte';
import { ReceiptWatcher } from './receipts.svelte';
import { Room } from './room.svelte';
import { Search } from './search.svelte';
import { isByPerson } from './sender';
import { Settings } from './settings.svelte';
import { Setup } from './setup.svelte';
import { Threads } from './threads.svelte';
import { readConversations } from './waiting';
import { Teller } from './teller';

/** How long a message is held, until the setting is known. */
const UNDO_SECONDS = 5;
/** Who waits is asked for at most this often, and where thousands do, no more than a tenth of the time. */
const CONVERSATIONS_EVERY = 1_000;
const CONVERSATIONS_PAUSE = 9;

/** State of the dashboard, between the operator's interface and the components. */
export class Dashboard {
	readonly room: Room;
	readonly feed: Feed;
	readonly people: People;
	readonly queue: BroadcastQueue;
	readonly hold: Hold;
	readonly composer: ComposerState;
	readonly prefs: Prefs;
	readonly receipts: ReceiptWatcher;
	readonly announcements: Announcements;
	readonly search: Search;
	readonly exporter: Exporter;
	readonly settings: Settings;
	readonly programs: Programs;
	readonly setup: Setup;
	readonly reachability: Reachability;
	readonly admission: Admission;
	readonly attention: Attention;
	readonly answers: Answers;
	readonly seen: Teller;
	readonly settled: Teller;
	readonly threads: Threads;
	readonly clock = new Clock();

	#epoch = '';
	#conversations: Puller;
	#conversationsRev = -1;

	constructor(
		readonly operator: Operator,
		store = new Store('belfry.dashboard.'),
	) {
		this.room = new Room(operator, store);
		this.people = new People(operator);
		this.seen = new Teller((...what) => operator.seen(...what));
		this.settled = new Teller((...what) => operator.settle(...what));
		const seen = (userID: string, seq: number) => this.seen.tell(userID, seq);
		const settled = (userID: string, seq: number) => this.settled.tell(userID, seq);
		const isCopy = (message: Message) => copies(message, this.feed.find(message.reply_to ?? 0));
		this.attention = new Attention(store, { seen, settled }, isCopy);
		this.#conversations = new Puller(
			async () => this.attention.know(await readConversations(operator)),
			CONVERSATIONS_EVERY,
			CONVERSATIONS_PAUSE,
		);
		this.answers = new Answers(operator, store, seen);
		this.threads = new Threads(operator);
		this.feed = new Feed(operator, (messages) => {
			for (const { from } of messages) this.people.remember(from.user_id, from.name);
			this.attention.take(messages);
		});
		this.queue = new BroadcastQueue(operator, store, () => this.room.live && !this.room.state?.problem);
		this.hold = new Hold(this.queue, store, () => this.settings.numbers.value?.values.undo_seconds ?? UNDO_SECONDS);
		this.composer = new ComposerState(this.queue, this.hold, store, this.people, operator);
		this.prefs = new Prefs(store);
		this.receipts = new ReceiptWatcher(operator);
		this.announcements = new Announcements(operator, this.receipts);
		this.search = new Search(operator);
		this.exporter = new Exporter(operator);
		this.settings = new Settings(operator);
		this.programs = new Programs(operator.programs);
		this.setup = new Setup(store);
		this.reachability = new Reachability(operator);
		this.admission = new Admission(operator);
	}

	/** Starts it: events update the state. oncommand gets commands of the menu, onprivate is called for private messages. */
	start(oncommand: Handlers['oncommand'], onprivate: () => void): () => void {
		const ends = [
			this.clock.start(),
			this.room.start(),
			this.people.start(),
			this.attention.start(),
			this.composer.start(),
			this.answers.start(),
			this.settings.numbers.watch(),
		];
		ends.push(
			() => this.announcements.end(),
			() => this.receipts.stop(),
			() => this.#conversations.stop(),
		);
		ends.push(
			this.operator.start({
				onconnection: (connection) => this.#connection(connection),
				onevent: (event) => {
					this.room.onevent(event);
					this.people.onrevision(event.clients_rev, event.away_rev);
					this.receipts.onrevision(event.receipts_rev);
					this.settings.onevent(event);
					this.programs.onevent(event);
					this.admission.onevent(event);
					if (event.conversations_rev !== this.#conversationsRev) this.#conversations.ask();
					this.#conversationsRev = event.conversations_rev;
				},
				onmessages: (messages) => this.#messages(messages, onprivate),
				onwithdrawn: (seqs) => this.#withdrawn(seqs),
				oncommand,
			}),
		);
		return () => ends.forEach((end) => end());
	}

	/** Listens on another port and, where that works, begins like new; else its refusal. */
	async listen(port: number): Promise<string | undefined> {
		const refusal = await this.room.listen(port);
		if (!this.room.state?.problem) void this.#load();
		return refusal?.message;
	}

	/** Whether the log that a new epoch is of is another one than what is shown. */
	async #isAnother(): Promise<boolean> {
		const { newest } = this.feed;
		if (newest === 0) return true;
		return (await this.operator.history({ after: newest, limit: 1, epoch: this.#epoch })).gone === true;
	}

	#connection(connection: Connection): void {
		this.room.onconnection(connection);
		if (connection.state === 'live') void this.#load();
	}

	/** Withdraws a message; it leaves this page when the server confirms it. */
	async withdraw(message: Message): Promise<void> {
		await this.operator.withdraw(message.seq, this.#epoch || undefined);
		this.#withdrawn([message.seq]);
	}

	#withdrawn(seqs: number[]): void {
		this.feed.withdraw(seqs);
		this.announcements.onwithdrawn(seqs);
		this.search.onwithdrawn(seqs);
		this.composer.onwithdrawn(seqs);
		this.attention.drop(seqs);
		this.threads.ondeleted(seqs);
	}

	#messages(messages: Message[], onprivate: () => void): void {
		this.feed.onmessages(messages);
		this.announcements.onmessages(messages);
		this.search.onmessages();
		this.threads.onmessages(messages);
		if (messages.some((message) => message.audience === 'private' && isByPerson(message))) onprivate();
	}

	async #load(): Promise<void> {
		const resume = this.feed.pause();
		try {
			const state = await this.room.load();
			if (state.problem) return;
			this.setup.see(state);
			const another = state.epoch !== this.#epoch && (await this.#isAnother());
			this.#epoch =
				this.composer.epoch =
				this.announcements.epoch =
				this.answers.epoch =
				this.seen.epoch =
				this.settled.epoch =
					state.epoch;
			this.people.restart();
			if (another) {
				this.feed.reset();
				this.search.reset();
				this.receipts.reset();
				this.attention.reset();
				this.seen.reset();
				this.settled.reset();
			} else this.receipts.refresh();
			void this.queue.flush();
			void this.composer.readReply().catch(() => undefined);
			this.seen.again();
			this.settled.again();
			this.#conversations.ask();
			// Awaited as one: a connection that breaks now fails both.
			await Promise.all([
				this.announcements.load(),
				this.threads.load(),
				another ? this.feed.load() : this.feed.catchUp(),
			]);
		} catch {
			// Lost again meanwhile: the next "live" starts over.
		} finally {
			resume();
		}
	}
}
