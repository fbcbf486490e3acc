import { randomId } from '../../lib/ids';
import type { Message } from '../../lib/protocol';
import { asError } from '../operator/calls';
import type { Missing, Operator } from '../operator/operator';
import { notYet, type ReceiptWatcher } from './receipts.svelte';
import { isAnnouncement } from './sender';

/** A page of the list. */
const PAGE = 50;
/** The newest page is read again so soon while what was said last is not yet in the index that finds it. */
const AGAIN = 500;
/** Announcements older than this count as closed: missing people have left the room. */
const OPEN_FOR = 12 * 3_600_000;
/** Greatest number of open announcements that are watched. */
const MOST_OPEN = 20;

/** Announcements: messages of the operator and of programs to everyone or a topic, newest first, and the chosen one. */
export class Announcements {
	list = $state.raw<readonly Message[]>([]);
	/** There are older ones. */
	more = $state(false);
	/** The epoch of the log that the list is of. */
	epoch: string | undefined;
	loading = $state(false);
	chosen = $state.raw<Message>();
	/** Open announcements: with an acknowledgement or urgent, with missing receipts, and not closed. */
	open = $derived.by(() => this.#followed.filter((message) => this.#waits(message)));

	/** The newest of them that was not put away. */
	nagging = $derived.by(() => this.open.find(({ seq }) => !this.#putAway.has(seq)));

	#followed = $derived.by(() => this.list.filter(wants).slice(0, MOST_OPEN));
	#unwatch = new Map<number, () => void>();
	#scope = 0;
	#again?: ReturnType<typeof setTimeout>;
	#putAway = $state.raw<ReadonlySet<number>>(new Set());

	constructor(
		private readonly operator: Pick<
			Operator,
			'search' | 'writeAgain' | 'stopRepeat' | 'closeAnnouncement' | 'reopenAnnouncement'
		>,
		private readonly receipts: ReceiptWatcher,
		private readonly now: () => number = Date.now,
	) {}

	/** Reads the newest page anew. */
	async load(): Promise<void> {
		clearTimeout(this.#again);
		const isWhole = await this.#page(++this.#scope, []);
		this.#follow();
		if (!isWhole) this.#again = setTimeout(() => void this.load().catch(() => undefined), AGAIN);
	}

	/** Reads one page further back. */
	async older(): Promise<void> {
		if (this.loading || !this.more) return;
		await this.#page(this.#scope, this.list).catch(() => undefined);
		this.#follow();
	}

	onmessages(messages: readonly Message[]): void {
		const last = this.list[0]?.seq ?? 0;
		const mine = messages.filter((one) => isAnnouncement(one) && one.seq > last);
		if (mine.length === 0) return;
		this.list = [...mine.reverse(), ...this.list];
		this.#follow();
	}

	/** Drops withdrawn messages. */
	onwithdrawn(seqs: readonly number[]): void {
		const gone = new Set(seqs);
		if (this.chosen && gone.has(this.chosen.seq)) this.chosen = undefined;
		if (!this.list.some(({ seq }) => gone.has(seq))) return;
		this.list = this.list.filter(({ seq }) => !gone.has(seq));
		this.#follow();
	}

	/** Writes again to those whose receipt is missing; returns their number. Throws an OperatorError when refused. */
	writeAgain(message: Message, missing: Missing, text: string, id = randomId()): Promise<number> {
		return this.operator.writeAgain(message.seq, missing, text, id, this.epoch).catch(fail);
	}

	async stopRepeat(message: Message): Promise<void> {
		await this.operator.stopRepeat(message.seq, this.epoch).catch(fail);
		this.receipts.refresh();
	}

	/** Nobody is waited for any more: no reminders, no number. Receipts go on counting. */
	async close(message: Message): Promise<void> {
		await this.operator.closeAnnouncement(message.seq, this.epoch).catch(fail);
		this.receipts.refresh();
	}

	async reopen(message: Message): Promise<void> {
		await this.operator.reopenAnnouncement(message.seq, this.epoch).catch(fail);
		this.receipts.refresh();
	}

	/** Whether a message can be closed: it waits for somebody, however long ago it was. */
	canClose(message: Message): boolean {
		const counts = this.receipts.get(message.seq);
		return wants(message) && counts !== undefined && !counts.closed && notYet(counts, message.ack !== undefined) > 0;
	}

	/** Puts the strip of an announcement away; it stays open, and in the number. */
	putAway(message: Message): void {
		this.#putAway = new Set([...this.#putAway, message.seq]);
	}

	end(): void {
		clearTimeout(this.#again);
		for (const unwatch of this.#unwatch.values()) unwatch();
		this.#unwatch.clear();
	}

	/** Reads a page; false where newer messages are not yet in the index. */
	async #page(scope: number, before: readonly Message[]): Promise<boolean> {
		this.loading = true;
		try {
			const page = await this.operator.search({
				text: '',
				user_id: '',
				topic: '',
				from: '',
				until: '',
				kind: 'announcement',
				before: before.at(-1)?.seq,
				limit: PAGE,
			});
			if (scope !== this.#scope) return true;
			// What came while the first page was on its way is newer than all of it.
			const newest = page.messages[0]?.seq ?? 0;
			const kept = before.length > 0 ? this.list : this.list.filter(({ seq }) => seq > newest);
			this.list = [...kept, ...page.messages];
			this.more = page.more;
			return page.indexed >= page.last;
		} finally {
			if (scope === this.#scope) this.loading = false;
		}
	}

	// Closed ones are not watched.
	#follow(): void {
		const recent = this.#followed.filter((message) => this.#recent(message));
		const seqs = new Set(recent.map(({ seq }) => seq));
		for (const [seq, unwatch] of this.#unwatch) {
			if (seqs.has(seq)) continue;
			unwatch();
			this.#unwatch.delete(seq);
		}
		for (const seq of seqs) if (!this.#unwatch.has(seq)) this.#unwatch.set(seq, this.receipts.watch(seq));
	}

	#recent(message: Message): boolean {
		return this.now() - new Date(message.time).getTime() < OPEN_FOR;
	}

	#waits(message: Message): boolean {
		return this.#recent(message) && this.canClose(message);
	}
}

function wants(message: Message): boolean {
	return message.ack !== undefined || message.priority === 5;
}

function fail(cause: unknown): never {
	throw asError(cause);
}
