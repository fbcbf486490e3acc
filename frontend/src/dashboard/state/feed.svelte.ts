import { tick } from 'svelte';
import type { Message } from '../../lib/protocol';
import { lowerBound } from '../../lib/sorted';
import type { HistoryQuery, Operator } from '../operator/operator';
import { matcher, type Filter } from './filter';

/** A page of history. */
const PAGE = 200;
/** Beyond these the oldest are dropped, CUT at a time: the log keeps them. */
const KEEP = 100_000;
const KEEP_CHARS = 32 * 1024 * 1024;
const CUT = 5_000;
/** Older pages read in one go while a filter finds nothing in them. */
const LOOK_BACK = 5;

/** Unread separator: the first message that came while nobody looked, and how many came. */
export interface Since {
	seq: number;
	count: number;
}

/** The messages of the room as the operator reads them: bounded, in rising seq, each once. */
export class Feed {
	/** What passes the filter, oldest first. */
	shown = $state.raw<readonly Message[]>([]);
	/** Every message that is loaded in this scope. */
	all = $state.raw<readonly Message[]>([]);
	/** The log has older ones in this scope. */
	more = $state(false);
	loading = $state(false);
	/** Messages are added or dropped at the start: the list keeps its scroll position from the end. */
	shifting = $state(false);
	/** Incremented when the list is replaced, so that measured row heights are discarded. */
	generation = $state(0);
	filter = $state.raw<Filter>({ words: '', topic: '', userID: '', kind: 'all' });
	/** A filter reached LOOK_BACK pages without filling the view; lookFurther() goes on. */
	limitReached = $state(false);
	since = $state.raw<Since>();
	unread = $state(0);

	#passes = matcher(this.filter);
	#pending: Message[] = [];
	#pauses = 0;
	#chars = 0;
	#newest = 0;
	#looking = true;
	#sinceClosed = false;
	#newScope = 0;

	/** onseen is called with every message that is loaded. */
	constructor(
		private readonly operator: Pick<Operator, 'history'>,
		private readonly onseen: (messages: readonly Message[]) => void = () => {},
	) {}

	/** The seq of the newest message seen, in any scope. */
	get newest(): number {
		return this.#newest;
	}

	/** Reloads: reads the newest page of the log or of another scope. */
	async load(): Promise<void> {
		const scope = ++this.#newScope;
		this.#pauses++;
		this.loading = true;
		try {
			const page = await this.operator.history({ ...this.#scope(), limit: PAGE });
			if (scope !== this.#newScope) return;
			this.more = page.more;
			this.#replace(page.messages);
		} finally {
			if (scope === this.#newScope) this.loading = false;
			this.#release();
		}
	}

	/** Drops everything: the next messages are of another log. */
	reset(): void {
		this.#newest = 0;
		this.unread = 0;
		this.since = undefined;
		this.#replace([]);
	}

	/** Keeps live messages back until the returned function is called: what was missed comes before them. */
	pause(): () => void {
		this.#pauses++;
		return () => this.#release();
	}

	/** Reads what was missed while the connection was lost, to the end, so that nothing is missing. */
	async catchUp(): Promise<void> {
		if (this.all.length === 0 && !this.#newest) return this.load();
		const scope = this.#newScope;
		this.#pauses++;
		try {
			let after = this.#newest;
			// Whatever the scope: withdrawals come with the whole log alone.
			for (let more = true; more && scope === this.#newScope;) {
				const page = await this.operator.history({ after, limit: PAGE });
				if (scope !== this.#newScope) return;
				this.#append(page.messages);
				this.withdraw(page.withdrawn ?? []);
				const to = page.to ?? page.messages.at(-1)?.seq ?? after;
				more = page.more && to > after;
				after = to;
			}
		} finally {
			this.#release();
		}
	}

	/** Live messages, in rising seq. */
	onmessages(messages: Message[]): void {
		if (this.#pauses > 0) this.#pending.push(...messages);
		else this.#append(messages);
	}

	/** Drops withdrawn messages. */
	withdraw(seqs: readonly number[]): void {
		const gone = new Set(seqs);
		const isKept = ({ seq }: Message) => !gone.has(seq);
		this.#pending = this.#pending.filter(isKept);
		const dropped = this.all.filter(({ seq }) => gone.has(seq));
		if (dropped.length === 0) return;
		for (const { message } of dropped) this.#chars -= message.length;
		this.all = this.all.filter(isKept);
		this.shown = this.filtered ? this.shown.filter(isKept) : this.all;
	}

	/** Reads one page further back; with a filter, as many as it takes to find something, to a limit. */
	async older(): Promise<void> {
		if (this.loading || !this.more || this.limitReached || this.all.length >= KEEP) return;
		const scope = this.#newScope;
		this.loading = true;
		try {
			for (let pages = 0; this.more;) {
				const before = this.all[0]?.seq;
				const page = await this.operator.history({ ...this.#scope(), before, limit: PAGE });
				if (scope !== this.#newScope) return;
				this.more = page.more && page.messages.length > 0;
				const found = page.messages.filter(this.#passes);
				await this.#prepend(page.messages, found);
				if (found.length > 0) return;
				if (++pages === LOOK_BACK) this.limitReached = this.more;
				if (this.limitReached) return;
			}
		} catch {
			// Lost on the way: scrolling up asks again.
		} finally {
			if (scope === this.#newScope) this.loading = false;
		}
	}

	/** Continues the search for older matches after the limit. */
	lookFurther(): Promise<void> {
		this.limitReached = false;
		return this.older();
	}

	/** Sets the filter: topic and person are read from the log, words and kind filter what is loaded. */
	async show(change: Partial<Filter>): Promise<void> {
		const before = this.filter;
		const next = { ...before, ...change };
		this.filter = next;
		this.#passes = matcher(next);
		this.limitReached = false;
		this.#refilter();
		if (next.topic !== before.topic || next.userID !== before.userID) await this.load().catch(() => undefined);
	}

	/** Whether a filter is set. */
	get filtered(): boolean {
		const { words, topic, userID, kind } = this.filter;
		return words.trim() !== '' || topic !== '' || userID !== '' || kind !== 'all';
	}

	/** Whether the filter would hide a message. */
	hides(message: Message): boolean {
		return !this.#inScope(message) || !this.#passes(message);
	}

	/** The message with this seq, where it is loaded. */
	find(seq: number): Message | undefined {
		const found = this.all[indexOf(this.all, seq)];
		return found?.seq === seq ? found : undefined;
	}

	/** Sets whether the operator sees the end of the list; otherwise new messages count as unread. */
	look(looking: boolean): void {
		if (looking && !this.#looking) {
			this.unread = 0;
			// The line stays where it is, so that one sees where to begin; the next absence draws another.
			this.#sinceClosed = true;
		}
		this.#looking = looking;
	}

	#scope(): HistoryQuery {
		const { topic, userID } = this.filter;
		return { ...(topic ? { topic } : {}), ...(userID ? { user_id: userID } : {}) };
	}

	#inScope = (message: Message): boolean => {
		const { topic, userID } = this.filter;
		if (topic && message.topic !== topic) return false;
		return !userID || message.user_id === userID || message.from.user_id === userID;
	};

	#append(batch: Message[]): void {
		this.onseen(batch);
		const last = this.all.at(-1)?.seq ?? 0;
		const fresh = batch.filter((message) => message.seq > last);
		this.#newest = Math.max(this.#newest, batch.at(-1)?.seq ?? 0);
		const mine = fresh.filter(this.#inScope);
		if (mine.length === 0) return;
		const passing = mine.filter(this.#passes);
		this.all = this.all.concat(mine);
		if (passing.length > 0) this.shown = this.filtered ? this.shown.concat(passing) : this.all;
		for (const message of mine) this.#chars += message.message.length;
		for (const message of passing) this.#notice(message);
		// Scrolled up, up to twice as many messages are kept.
		const room = this.#looking ? 1 : 2;
		if (this.all.length > room * KEEP + CUT || this.#chars > room * KEEP_CHARS) void this.#trim();
	}

	#notice(message: Message): void {
		if (this.#looking || message.from.operator) return;
		if (!this.since || this.#sinceClosed) this.since = { seq: message.seq, count: 0 };
		this.#sinceClosed = false;
		this.since = { ...this.since, count: this.since.count + 1 };
		this.unread++;
	}

	async #prepend(messages: Message[], passing: Message[]): Promise<void> {
		this.onseen(messages);
		for (const message of messages) this.#chars += message.message.length;
		await this.#shift(() => {
			this.all = messages.concat(this.all);
			this.shown = this.filtered ? passing.concat(this.shown) : this.all;
		});
	}

	async #trim(): Promise<void> {
		let cut = Math.max(0, this.all.length - KEEP);
		for (const message of this.all.slice(0, cut)) this.#chars -= message.message.length;
		while (this.#chars > KEEP_CHARS / 2 && cut < this.all.length - 1) this.#chars -= this.all[cut++]!.message.length;
		const first = this.all[cut]?.seq ?? 0;
		await this.#shift(() => {
			this.more = true;
			this.all = this.all.slice(cut);
			this.shown = this.filtered ? this.shown.slice(indexOf(this.shown, first)) : this.all;
		});
	}

	// What changes at the start must reach the list alone, without anything at the end in the same stroke.
	async #shift(change: () => void): Promise<void> {
		this.#pauses++;
		await tick();
		this.shifting = true;
		change();
		await tick();
		this.shifting = false;
		this.#release();
	}

	#release(): void {
		if (--this.#pauses > 0) return;
		const held = this.#pending;
		this.#pending = [];
		if (held.length > 0) this.#append(held);
	}

	#replace(messages: readonly Message[]): void {
		this.all = messages;
		this.onseen(messages);
		this.#chars = messages.reduce((sum, { message }) => sum + message.length, 0);
		this.#newest = Math.max(this.#newest, messages.at(-1)?.seq ?? 0);
		this.#refilter();
	}

	#refilter(): void {
		this.shown = this.filtered
			? this.all.filter((message) => this.#inScope(message) && this.#passes(message))
			: this.all;
		this.generation++;
	}
}

/** The index of the first message from seq on. */
const indexOf = (messages: readonly Message[], seq: number): number =>
	lowerBound(messages.length, (i) => messages[i]!.seq < seq);
