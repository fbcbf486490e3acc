import { randomId } from '../../lib/ids';
import type { ClientFrame, ErrorFrame, History } from '../../lib/protocol';
import { channelTopic, type Channel } from '../view/channels';

export interface HistoryOptions {
	send: (frame: ClientFrame) => boolean;
	/** The topics whose messages come with everyone's. */
	joined: () => readonly string[];
	/** How many messages the page has. */
	loaded: () => number;
	/** one: the single message that was asked for. */
	ontake: (frame: History, one?: number) => void;
}

const ALL = '';
const PAGE = 50;
// With more messages than this in the page a topic goes on alone: what goes to everyone would bring all topics with it.
const MERGED = 1_000;
const AGAIN = 2_000;

/**
 * Pages of older messages, loaded on request. A channel shows nothing from before its floor, the first seq from which
 * the page has everything: what lies before it has gaps.
 */
export class HistoryPages {
	/** By topic; '' is everyone, the private conversation and the joined topics, merged. */
	#floors = $state.raw<Readonly<Record<string, number>>>({});
	/** Where the server has said that there is nothing older. */
	#ended = $state.raw<ReadonlySet<string>>(new Set());
	/** The channel that is being loaded, if one is. */
	loading = $state<string>();
	readonly #options: HistoryOptions;
	#id = '';
	/** The requests for one single message each: id, and seq. */
	readonly #ones = new Map<string, number>();
	#online = false;
	#pausedUntil = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	readonly #again = new Set<ReturnType<typeof setTimeout>>();

	constructor(options: HistoryOptions) {
		this.#options = options;
	}

	/** The first seq from which the channel has everything: a topic also what goes to everyone. */
	floor(channel: Channel): number {
		const own = this.#floorOf(scope(channel));
		return this.#merges ? Math.max(own, this.#floorOf(ALL)) : own;
	}

	isEnd(channel: Channel): boolean {
		const of = scope(channel);
		return this.#ended.has(of) && (!this.#merges || this.#ended.has(ALL));
	}

	isLoading(channel: Channel): boolean {
		return this.loading !== undefined && [scope(channel), ALL].includes(this.loading);
	}

	/** Requests the next older page, if there is one and no request is running. */
	ask(channel: Channel): void {
		const of = this.#next(scope(channel));
		const floor = this.#floorOf(of);
		if (!this.#online || this.loading !== undefined || this.#ended.has(of) || Date.now() < this.#pausedUntil) return;
		this.#id = randomId();
		const topic = of === ALL ? {} : { topic: of };
		const before = Number.isFinite(floor) ? { before: floor } : {};
		if (this.#options.send({ action: 'history', id: this.#id, ...topic, ...before, limit: PAGE })) this.loading = of;
	}

	/** Requests one message that the page dropped or never had. */
	askFor(seq: number): void {
		const id = randomId();
		if (this.#options.send({ action: 'history', id, before: seq + 1, limit: 1 })) this.#ones.set(id, seq);
	}

	/** Single messages were asked for and have not come. */
	get isFetching(): boolean {
		return this.#ones.size > 0;
	}

	/** Handles a page. */
	take(frame: History): void {
		const one = this.#ones.get(frame.id ?? '');
		if (one !== undefined) {
			this.#ones.delete(frame.id!);
			return this.#options.ontake(frame, one);
		}
		const of = this.loading;
		if (frame.id !== this.#id || of === undefined) return;
		const floor = frame.messages[0]?.seq ?? this.#floors[of] ?? 1;
		this.#reach(of, frame.more ? floor : 1, !frame.more);
		this.#options.ontake(frame);
		this.loading = undefined;
	}

	/** The request was refused: rate limit, or the log cannot be read just now. */
	refuse(error: ErrorFrame): void {
		const one = this.#ones.get(error.id ?? '');
		if (one !== undefined) {
			this.#ones.delete(error.id!);
			this.#again.add(setTimeout(() => this.askFor(one), error.retry_ms ?? AGAIN));
		}
		if (error.id !== this.#id || this.loading === undefined) return;
		this.#pausedUntil = Date.now() + (error.retry_ms ?? AGAIN);
		this.#timer = setTimeout(() => (this.loading = undefined), error.retry_ms ?? AGAIN);
	}

	online(): void {
		this.#online = true;
	}

	offline(): void {
		this.#online = false;
		this.#ones.clear();
		for (const timer of this.#again) clearTimeout(timer);
		this.#again.clear();
		clearTimeout(this.#timer);
		this.#cancel();
	}

	/** From this seq on these topics are complete; a lower floor stays. */
	begin(topics: readonly string[], from: number): void {
		const floors = { ...this.#floors };
		for (const topic of [ALL, ...topics]) floors[topic] ??= from;
		this.#floors = floors;
	}

	/** Nothing before from is left: raises all floors. */
	raise(from: number): void {
		this.#floors = Object.fromEntries(Object.entries(this.#floors).map(([of, floor]) => [of, Math.max(floor, from)]));
		this.#ended = new Set();
		this.#cancel();
	}

	/** A topic was left: there will be a gap when it is joined again. */
	part(topic: string): void {
		this.#floors = Object.fromEntries(Object.entries(this.#floors).filter(([of]) => of !== topic));
		this.#ended = new Set([...this.#ended].filter((of) => of !== topic));
	}

	clear(): void {
		this.#floors = {};
		this.#ended = new Set();
		this.#cancel();
	}

	keep(): Record<string, number> {
		return this.#floors;
	}

	restore(floors: Record<string, number>): void {
		this.#floors = floors;
	}

	/** What is loaded next for a topic: whichever of it and everyone is complete from later on. */
	#next(of: string): string {
		if (!this.#merges || this.#ended.has(ALL)) return of;
		return this.#ended.has(of) || this.#floorOf(of) <= this.#floorOf(ALL) ? ALL : of;
	}

	get #merges(): boolean {
		return this.#options.loaded() < MERGED;
	}

	#floorOf(of: string): number {
		return this.#floors[of] ?? Infinity;
	}

	/** Cancels the running request: its page would not fit any more. */
	#cancel(): void {
		this.#id = '';
		this.loading = undefined;
	}

	#reach(of: string, floor: number, ended: boolean): void {
		const before = this.#floors[of] ?? Infinity;
		const floors = { ...this.#floors, [of]: Math.min(floor, before) };
		const all = new Set(this.#ended);
		if (ended) all.add(of);
		// The merged page holds the joined topics too, where those have no gap of their own after it.
		if (of === ALL) {
			for (const topic of this.#options.joined()) {
				if ((floors[topic] ?? Infinity) > before) continue;
				floors[topic] = Math.min(floors[topic] ?? Infinity, floor);
				if (ended) all.add(topic);
			}
		}
		this.#floors = floors;
		this.#ended = all;
	}
}

function scope(channel: Channel): string {
	return channelTopic(channel) ?? ALL;
}
