import { SvelteMap } from 'svelte/reactivity';
import type { Operator, Receipts as Counts, Recipient, Repeat } from '../operator/operator';
import { Puller } from './puller';

/** Receipts are pulled at most this often, however fast they come. */
const PULL_EVERY = 500;
/** Names of more people than these are pulled at most so often: they are long, and nobody reads them faster. */
const MANY = 500;
const MANY_EVERY = 5_000;
/** The server answers for so many messages at once. */
const MOST = 200;
/** Beyond these, what nobody looks at is forgotten. */
const KEEP = 2_000;

/** What became of one message; who: where its people were asked for. */
export interface Receipt extends Counts {
	repeat?: Repeat;
}

/**
 * What became of the operator's messages. Only those are pulled that somebody looks at: a row watches its message
 * while it is drawn, and whenever an event names another revision, all that are watched are asked for in one go.
 */
export class ReceiptWatcher {
	readonly #known = new SvelteMap<number, Receipt>();
	readonly #watched = new Map<number, { plain: number; detail: number }>();
	readonly #fresh = new Set<number>();
	readonly #namesAt = new Map<number, number>();
	#namesTimer?: ReturnType<typeof setTimeout>;
	#rev = -1;
	#stale = false;
	#pull = new Puller(() => this.#load(), PULL_EVERY);

	constructor(private readonly operator: Pick<Operator, 'receipts'>) {}

	get(seq: number): Receipt | undefined {
		return this.#known.get(seq);
	}

	/** Keeps a message's receipts fresh until the returned function is called; detail: its people too. */
	watch(seq: number, detail = false): () => void {
		const what = detail ? 'detail' : 'plain';
		const watched = this.#watched.get(seq) ?? { plain: 0, detail: 0 };
		this.#watched.set(seq, watched);
		if (watched[what]++ === 0 && (detail || watched.detail === 0)) {
			this.#fresh.add(seq);
			this.#pull.ask();
		}
		return () => {
			watched[what]--;
			if (watched.plain + watched.detail === 0) this.#watched.delete(seq);
		};
	}

	/** An event names the revision of all receipts. */
	onrevision(rev: number): void {
		if (rev === this.#rev) return;
		this.#rev = rev;
		this.refresh();
	}

	/** Pulls everything that is watched. */
	refresh(): void {
		if (this.#watched.size === 0) return;
		this.#stale = true;
		this.#pull.ask();
	}

	/** Forgets all, and pulls anew what is watched. */
	reset(): void {
		this.#known.clear();
		this.#namesAt.clear();
		this.refresh();
	}

	stop(): void {
		clearTimeout(this.#namesTimer);
		this.#pull.stop();
	}

	async #load(): Promise<void> {
		const wanted = this.#stale ? [...this.#watched.keys()] : [...this.#fresh].filter((seq) => this.#watched.has(seq));
		this.#stale = false;
		this.#fresh.clear();
		const named = new Set(wanted.filter((seq) => (this.#watched.get(seq)?.detail ?? 0) > 0 && this.#namesDue(seq)));
		try {
			await this.#ask([...named], true);
			await this.#ask(
				wanted.filter((seq) => !named.has(seq)),
				false,
			);
		} catch (cause) {
			// Back again, the connection's "live" or the next event asks once more, and then for all.
			this.#stale = true;
			throw cause;
		}
		this.#trim();
	}

	async #ask(seqs: number[], detail: boolean): Promise<void> {
		for (let at = 0; at < seqs.length; at += MOST) {
			const { receipts, repeats } = await this.operator.receipts(seqs.slice(at, at + MOST), detail);
			for (const one of receipts) {
				const who = one.who ?? this.#known.get(one.seq)?.who;
				this.#known.set(one.seq, { ...one, who, repeat: repeats[one.seq] });
				if (detail && who) this.#namesAt.set(one.seq, Date.now());
			}
		}
	}

	// Names that must wait are asked for later; the counts go on meanwhile.
	#namesDue(seq: number): boolean {
		if ((this.#known.get(seq)?.who?.length ?? 0) <= MANY) return true;
		const wait = (this.#namesAt.get(seq) ?? 0) + MANY_EVERY - Date.now();
		if (wait <= 0) return true;
		this.#namesTimer ??= setTimeout(() => {
			this.#namesTimer = undefined;
			this.refresh();
		}, wait);
		return false;
	}

	#trim(): void {
		if (this.#known.size <= KEEP) return;
		for (const seq of this.#known.keys()) {
			if (!this.#watched.has(seq)) this.#known.delete(seq);
			if (this.#known.size <= KEEP / 2) return;
		}
	}
}

/** Whether a recipient has done the last thing that a message wants of them: pressed its button, or read it. */
export function isDone(who: Recipient, asks: boolean): boolean {
	return (asks ? who.acked : who.read) !== '';
}

/** How many have not yet done that. Never less than there are. */
export function notYet({ sent, read, acked }: Counts, asks: boolean): number {
	return sent - (asks ? acked : read);
}
