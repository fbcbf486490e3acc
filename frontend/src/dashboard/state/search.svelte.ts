import type { Message } from '../../lib/protocol';
import { asError } from '../operator/calls';
import type { FindQuery, Operator } from '../operator/operator';

/** Debounce of the search field. */
const REST = 150;
const PAGE = 50;
/** While the index is behind, or new messages come, the newest results are asked for at most this often. */
const AGAIN = 2_000;
/** Messages shown before and after the one in context, and how many more a press brings. */
const AROUND = 5;

/** The query; days as a date field gives them, "" for no filter. */
export interface Wanted {
	text: string;
	userID: string;
	topic: string;
	kind: FindQuery['kind'];
	from: string;
	until: string;
}

export const ANYTHING: Wanted = { text: '', userID: '', topic: '', kind: '', from: '', until: '' };

/** Search of the whole log as it is typed: results, newest first, and one of them in context. */
export class Search {
	wanted = $state.raw<Wanted>(ANYTHING);
	found = $state.raw<readonly Message[]>([]);
	more = $state(false);
	/** An answer is on its way; false once there was one. */
	busy = $state(false);
	asked = $state(false);
	refusal = $state('');
	/** Up to where the log can be searched, and where it ends. */
	indexed = $state(0);
	last = $state(0);
	chosen = $state.raw<Message>();
	around = $state.raw<readonly Message[]>([]);
	/** There are others before and after those in context. */
	earlier = $state(false);
	later = $state(false);
	behind = $derived(this.indexed < this.last);

	#timer?: ReturnType<typeof setTimeout>;
	#again?: ReturnType<typeof setTimeout>;
	#asking = 0;
	#seen = false;

	constructor(private readonly operator: Pick<Operator, 'search' | 'history'>) {}

	/** Changes what is searched for, and searches soon. */
	want(change: Partial<Wanted>): void {
		this.wanted = { ...this.wanted, ...change };
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.run(), REST);
	}

	/** Keeps the results fresh until the returned function is called. */
	open(): () => void {
		this.#seen = true;
		void this.run();
		return () => {
			this.#seen = false;
			clearTimeout(this.#again);
			this.#again = undefined;
		};
	}

	/** Searches now. Old results stay until the answer comes. */
	async run(): Promise<void> {
		clearTimeout(this.#timer);
		const asking = ++this.#asking;
		this.busy = true;
		try {
			const page = await this.operator.search({ ...this.query(), limit: PAGE });
			if (asking !== this.#asking) return;
			this.found = page.messages;
			this.more = page.more;
			this.#answered(page);
		} catch (cause) {
			if (asking === this.#asking) this.refusal = asError(cause).message;
		} finally {
			if (asking === this.#asking) this.busy = false;
		}
	}

	/** Reads one page further back. */
	async older(): Promise<void> {
		const before = this.found.at(-1)?.seq;
		if (!this.more || this.busy || before === undefined) return;
		const asking = ++this.#asking;
		this.busy = true;
		try {
			const page = await this.operator.search({ ...this.query(), before, limit: PAGE });
			if (asking !== this.#asking) return;
			this.found = [...this.found, ...page.messages];
			this.more = page.more;
		} catch {
			// Lost on the way: scrolling asks again.
		} finally {
			if (asking === this.#asking) this.busy = false;
		}
	}

	/** New messages came: those that match join by themselves. */
	onmessages(): void {
		if (this.#seen) this.#later();
	}

	onwithdrawn(seqs: readonly number[]): void {
		const gone = new Set(seqs);
		this.found = this.found.filter(({ seq }) => !gone.has(seq));
		this.around = this.around.filter(({ seq }) => !gone.has(seq));
		if (this.chosen && gone.has(this.chosen.seq)) this.chosen = undefined;
	}

	/** Another log: drops the results. */
	reset(): void {
		this.found = this.around = [];
		this.chosen = undefined;
		this.asked = this.more = false;
		this.indexed = this.last = 0;
		if (this.#seen) void this.run();
	}

	/** Shows a message in context. */
	async choose(message: Message): Promise<void> {
		this.chosen = message;
		this.around = [message];
		this.earlier = this.later = false;
		await Promise.all([this.readEarlier(AROUND), this.readLater(AROUND)]);
	}

	async readEarlier(limit = 2 * AROUND): Promise<void> {
		const { chosen } = this;
		const before = this.around[0]?.seq;
		if (!chosen || before === undefined) return;
		const page = await this.operator.history({ before, limit }).catch(() => undefined);
		if (!page || chosen !== this.chosen) return;
		this.around = [...page.messages, ...this.around];
		this.earlier = page.more;
	}

	async readLater(limit = 2 * AROUND): Promise<void> {
		const { chosen } = this;
		const after = this.around.at(-1)?.seq;
		if (!chosen || after === undefined) return;
		const page = await this.operator.history({ after, limit }).catch(() => undefined);
		if (!page || chosen !== this.chosen) return;
		this.around = [...this.around, ...page.messages];
		this.later = page.more;
	}

	/** What is searched for as the server takes it: whole days of the operator's own clock. */
	query(): FindQuery {
		const { text, userID, topic, kind, from, until } = this.wanted;
		return { text: text.trim(), user_id: userID, topic, kind, from: startOf(from, 0), until: startOf(until, 1) };
	}

	#answered({ indexed, last }: { indexed: number; last: number }): void {
		this.asked = true;
		this.refusal = '';
		this.indexed = indexed;
		this.last = last;
		if (indexed < last && this.#seen) this.#later();
	}

	#later(): void {
		this.#again ??= setTimeout(() => {
			this.#again = undefined;
			void this.#refresh();
		}, AGAIN);
	}

	// Newer ones join at the head; who has scrolled down keeps their place.
	async #refresh(): Promise<void> {
		if (this.busy || document.hidden) return this.#seen ? this.#later() : undefined;
		const asking = this.#asking;
		const page = await this.operator.search({ ...this.query(), limit: PAGE }).catch(() => undefined);
		if (!page || asking !== this.#asking) return;
		const known = new Set(this.found.map(({ seq }) => seq));
		const fresh = page.messages.filter(({ seq }) => !known.has(seq));
		if (fresh.length > 0) this.found = [...fresh, ...this.found].sort((a, b) => b.seq - a.seq);
		if (this.found.length <= PAGE) this.more = page.more;
		this.#answered(page);
	}
}

function startOf(date: string, plusDays: number): string {
	const [year, month, dayOf] = date.split('-').map(Number);
	if (!year || !month || !dayOf) return '';
	return new Date(year, month - 1, dayOf + plusDays).toISOString();
}
