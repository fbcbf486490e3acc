import { isBlank, trimmed } from '../../lib/blank';
import { randomId } from '../../lib/ids';
import { LIMITS, type Message } from '../../lib/protocol';
import { PerTab } from '../../lib/per-tab';
import type { Store } from '../../lib/storage';
import type { Broadcast, Operator } from '../operator/operator';
import type { QueuedBroadcast, BroadcastQueue } from './broadcast-queue.svelte';
import type { Hold } from './hold.svelte';
import type { People } from './people.svelte';
import {
	ACK_LIMITS,
	audienceFor,
	audienceOf,
	EVERYONE,
	isSame,
	readDraft,
	UNDERSTOOD,
	widens,
	type Audience,
	type Draft,
	type Priority,
	type Reply,
} from './draft';

const KEY = 'draft';
/** The draft is stored at most this often. */
const SAVE_AFTER = 300;
/** How long an urgent message waits for the second press. */
const ARMED_FOR = 5_000;

const encoder = new TextEncoder();

/** State of the composer: the operator's draft. It survives a reload; sent messages are in Hold and BroadcastQueue. */
export class ComposerState {
	text = $state('');
	title = $state('');
	priority = $state<Priority>(3);
	/** Whom messages are for, as chosen by hand. */
	chosen = $state.raw<Audience>(EVERYONE);
	/** Whom this message alone is for: a reply. The next one is for those who were chosen by hand. */
	once = $state.raw<Audience>();
	audience = $derived(this.once ?? this.chosen);
	/** Asks for a press of a button that says these words. */
	asks = $state(false);
	ack = $state(UNDERSTOOD);
	/** Reminds those who have not pressed it: every so many minutes, so many times; 0 times: never. */
	every = $state(2);
	times = $state(0);
	/** The message that this answers. */
	reply = $state.raw<Reply>();
	/** The same, as it is quoted: it is read from the log where only its place was kept. */
	answers = $state.raw<Message>();
	/** The message that this answered is not in the log any more: its audience stays. */
	replyLost = $state(false);
	/** The epoch of the log that is shown. */
	epoch: string | undefined;
	/** How much of the limit is used, in bytes of UTF-8. */
	bytes = $derived(encoder.encode(this.text).length);
	tooLong = $derived(this.bytes > LIMITS.message);
	/** The limit is near enough to speak of it. */
	nearLimit = $derived(this.bytes > LIMITS.message * 0.9);
	empty = $derived(isBlank(this.text));
	/** Nothing is written: what is brought back takes the place of nothing. */
	clean = $derived(this.empty && isBlank(this.title));
	urgent = $derived(this.priority === 5);
	private content = $derived(JSON.stringify(this.#draft()));
	private armedFor = $state('');
	/** An urgent message was pressed once, and nothing of it was changed since: the next press sends it. */
	armed = $derived(this.urgent && this.armedFor === this.content);

	readonly #kept: PerTab;
	#timer?: ReturnType<typeof setTimeout>;
	#disarms?: ReturnType<typeof setTimeout>;

	constructor(
		private readonly queue: BroadcastQueue,
		private readonly hold: Hold,
		store: Store,
		private readonly people: Pick<People, 'knownName' | 'remember'>,
		private readonly operator: Pick<Operator, 'history'>,
	) {
		this.#kept = new PerTab(store, KEY);
		this.#take(this.#kept.take());
		hold.onback = (held, reason) => this.#bringBack(held, reason);
	}

	/**
	 * Begins; the returned function ends it. Each window has a draft of its own: what was typed last is stored before the page
	 * goes, and what another window had that is gone comes back where nothing is written.
	 */
	start(): () => void {
		const endHold = this.hold.start();
		const endDraft = this.#kept.start(
			() => this.#timer !== undefined && this.#write(),
			(stored) => this.#isUntouched && this.#take(stored),
		);
		return () => {
			clearTimeout(this.#disarms);
			endHold();
			endDraft();
		};
	}

	/** Nothing is written, and nobody chosen. */
	get #isUntouched(): boolean {
		return this.clean && this.chosen.to === 'everyone' && !this.once;
	}

	#take(stored: unknown): true {
		const draft = readDraft(stored);
		const { audience, once, name } = draft;
		this.#fill(draft);
		this.chosen = audience;
		const person = once ?? audience;
		if (person.to === 'person' && name) this.people.remember(person.userID, name);
		return true;
	}

	/** Schedules storing the draft; call it after each change. */
	save(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#write(), SAVE_AFTER);
	}

	/** Chooses whom this and the following messages are for. */
	writeTo(audience: Audience): void {
		this.chosen = audience;
		this.#endReply();
		this.save();
	}

	/** From a reply back to those who were chosen by hand, from those back to everyone. */
	widen(): void {
		this.writeTo(this.once ? this.chosen : EVERYONE);
	}

	/** Begins a reply, for this message alone: in the message's topic, to its sender, or to whom it is told. */
	answer(message: Message, to: Audience = audienceOf(message)): void {
		this.#endReply();
		this.once = to;
		this.reply = { seq: message.seq, ...(this.epoch ? { epoch: this.epoch } : {}) };
		this.answers = message;
		this.save();
	}

	/** Whether there is a draft that others than before would read, were it for to. */
	exposes(to: Audience): boolean {
		return !this.clean && widens(this.audience, to);
	}

	/** Ends the quoting; whom the message is for stays. */
	unquote(): void {
		this.reply = this.answers = undefined;
		this.replyLost = false;
		this.save();
	}

	/** Messages were deleted: what was answered is not quoted any more, and stays for whom it was. */
	onwithdrawn(seqs: readonly number[]): void {
		if (this.reply && seqs.includes(this.reply.seq)) this.#loseReply();
	}

	/** Another run of the server, or another page: looks whether the answered message is still there, and reads it. */
	async readReply(): Promise<void> {
		const { reply } = this;
		if (!reply) return;
		const { seq, epoch } = reply;
		const page = await this.operator.history({ after: seq - 1, before: seq + 1, limit: 1, ...(epoch && { epoch }) });
		if (this.reply !== reply) return;
		const found = page.gone ? undefined : page.messages.find((message) => message.seq === seq);
		if (found) this.answers = found;
		else this.#loseReply();
	}

	/** Whether the draft can be sent. */
	get ready(): boolean {
		return !this.empty && !this.tooLong && !this.queue.full && this.audience.to !== 'nobody';
	}

	/**
	 * A press of "Send": sends the draft and clears it; false where it is still here. people is how many it is for: but to
	 * one it is held, so that it can be undone; 0 may be that they are not known yet. An urgent one is never held, and needs a second press.
	 */
	press(toInWords: string, people: { all: number; away: number }): boolean {
		if (!this.ready) return false;
		if (this.urgent && !this.armed) return this.#arm();
		const broadcast = this.#broadcast();
		const isHeld = !this.urgent && this.audience.to !== 'person' && people.all !== 1;
		this.#clear();
		if (isHeld) this.hold.send({ broadcast, to: toInWords, people });
		else this.queue.send(broadcast, toInWords);
		return true;
	}

	disarm(): void {
		clearTimeout(this.#disarms);
		this.armedFor = '';
	}

	/** Takes back what is held: into the composer, or beside it while another draft is there. */
	undo(): void {
		const held = this.hold.undo();
		if (held) this.#bringBack(held, 'You took it back.');
	}

	/** Moves a refused message back into the composer, unless a draft is there. */
	takeBack(queued: QueuedBroadcast): void {
		if (this.clean && this.queue.take(queued.broadcast.message_id)) this.#restore(queued.broadcast);
	}

	#bringBack(held: Pick<QueuedBroadcast, 'broadcast' | 'to'>, reason: string): void {
		if (this.clean) this.#restore(held.broadcast);
		else this.queue.keep(held, reason);
	}

	// Who was chosen by hand stays so: the message is for its own audience, this once.
	#restore(broadcast: Broadcast): void {
		const { message, title, priority, ack, repeat, reply_to, epoch } = broadcast;
		const audience = audienceFor(broadcast);
		this.#endReply();
		this.#fill({
			text: message,
			title: title ?? '',
			priority: priority === 4 || priority === 5 ? priority : 3,
			once: isSame(audience, this.chosen) ? undefined : audience,
			reply: reply_to ? { seq: reply_to, ...(epoch ? { epoch } : {}) } : undefined,
			asks: ack !== undefined,
			ack: ack ?? UNDERSTOOD,
			times: repeat?.times ?? 0,
			every: repeat?.every ?? this.every,
		});
		void this.readReply().catch(() => undefined); // without a connection: it is read when that is back
		this.#write();
	}

	#fill(draft: Omit<Draft, 'audience'>): void {
		const { text, title, priority, once, reply, asks, ack, every, times } = draft;
		Object.assign(this, { text, title, priority, once, reply, asks, ack, every, times });
	}

	#loseReply(): void {
		this.reply = this.answers = undefined;
		this.replyLost = true;
		this.save();
	}

	#endReply(): void {
		this.once = this.reply = this.answers = undefined;
		this.replyLost = false;
	}

	#arm(): false {
		this.disarm();
		this.armedFor = this.content;
		this.#disarms = setTimeout(() => this.disarm(), ARMED_FOR);
		return false;
	}

	/** The draft as the feed would show it. */
	preview(): Message {
		const { topic, user_id, message, title, priority } = this.#broadcast();
		const audience = user_id ? 'private' : topic ? 'topic' : 'everyone';
		const from = { operator: true, name: '' };
		return { type: 'message', seq: 0, time: '', audience, from, topic, user_id, message, title, priority } as Message;
	}

	#broadcast(): Broadcast {
		const { audience, priority, reply } = this;
		const title = trimmed(this.title);
		return {
			message: this.text,
			message_id: randomId(),
			...(audience.to === 'topic' ? { topic: audience.topic } : {}),
			...(audience.to === 'person' ? { user_id: audience.userID } : {}),
			...(title ? { title } : {}),
			...(priority !== 3 ? { priority } : {}),
			...(reply ? { reply_to: reply.seq, ...(reply.epoch ? { epoch: reply.epoch } : {}) } : {}),
			...(this.asks ? this.#asked() : {}),
		};
	}

	#asked(): Pick<Broadcast, 'ack' | 'repeat'> {
		const ack = trimmed(this.ack) || UNDERSTOOD;
		const every = within(this.every, ACK_LIMITS.every);
		const times = within(this.times, ACK_LIMITS.times);
		return this.times > 0 ? { ack, repeat: { every, times } } : { ack };
	}

	// Who was chosen by hand stays for the next message. All else is chosen each time anew, the words on the button too:
	// "I am out" must not stand below the canteen's menu.
	#clear(): void {
		this.#fill({ text: '', title: '', priority: 3, asks: false, ack: UNDERSTOOD, every: 2, times: 0 });
		this.#endReply();
		this.disarm();
		this.#write();
	}

	#draft(): Draft {
		const { text, title, priority, once, reply, asks, ack, every, times } = this;
		return { text, title, priority, audience: this.chosen, once, reply, asks, ack, every, times };
	}

	#write(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const { audience } = this;
		const name = audience.to === 'person' ? this.people.knownName(audience.userID) : '';
		if (this.#isUntouched) this.#kept.remove();
		else this.#kept.set({ ...this.#draft(), ...(name ? { name } : {}) });
	}
}

function within(given: number, most: number): number {
	return Math.min(most, Math.max(1, Math.round(given) || 1));
}
