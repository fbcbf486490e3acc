import { SvelteMap } from 'svelte/reactivity';
import type { Operator, Receipts as Counts, Recipient, Repeat } from '../../operator/operator';
import { Puller } from './puller';

/** Receipts are pulled at most this often, however fast they come. */
const PULL_EVERY = 500;
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
export class Receipts {
	readonly #known = new SvelteMap<number, Receipt>();
	readonly #watched = new Map<number, { plain: number; detail: number }>();
	readonly #fresh = new Set<number>();
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

	/** Forgets all: another log, or other hands on the same. */
	reset(): void {
		this.#known.clear();
		this.refresh();
	}

	stop(): void {
		this.#pull.stop();
	}

	async #load(): Promise<void> {
		const wanted = this.#stale ? [...this.#watched.keys()] : [...this.#fresh].filter((seq) => this.#watched.has(seq));
		this.#stale = false;
		this.#fresh.clear();
		const detailed = (seq: number) => (this.#watched.get(seq)?.detail ?? 0) > 0;
		try {
			await this.#ask(wanted.filter(detailed), true);
			await this.#ask(
				wanted.filter((seq) => !detailed(seq)),
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
			for (const one of receipts) this.#known.set(one.seq, { ...one, repeat: repeats[one.seq] });
		}
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
