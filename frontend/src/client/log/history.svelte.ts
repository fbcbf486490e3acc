import { randomId } from '../../lib/ids';
import type { ClientFrame, ErrorFrame, History } from '../../lib/protocol';
import { channelTopic, type Channel } from '../view/channels';

export interface HistoryOptions {
	send: (frame: ClientFrame) => boolean;
	/** The topics whose messages come with everyone's. */
	joined: () => readonly string[];
	ontake: (frame: History) => void;
}

const ALL = '';
const PAGE = 50;
const AGAIN = 2_000;

/**
 * How far back this page has everything, and the way to what is older. A place shows nothing from before its floor:
 * what the page may have of that has holes.
 */
export class HistoryPages {
	/** By topic; '' is everyone, the private conversation and the joined topics, merged. */
	#floors = $state.raw<Readonly<Record<string, number>>>({});
	/** Where the server has said that there is nothing older. */
	#ended = $state.raw<ReadonlySet<string>>(new Set());
	/** The place that is being read, if one is. */
	loading = $state<string>();
	readonly #options: HistoryOptions;
	#id = '';
	/** The question for one single message. */
	#oneId = '';
	#online = false;
	#pausedUntil = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(options: HistoryOptions) {
		this.#options = options;
	}

	/** The first seq from which the place has everything. */
	floor(channel: Channel): number {
		return this.#floors[scope(channel)] ?? Infinity;
	}

	isEnd(channel: Channel): boolean {
		return this.#ended.has(scope(channel));
	}

	isLoading(channel: Channel): boolean {
		return this.loading === scope(channel);
	}

	/** Asks for what is older, if there is more and nothing else is being asked. */
	ask(channel: Channel): void {
		const of = scope(channel);
		const floor = this.floor(channel);
		if (!this.#online || this.loading !== undefined || this.#ended.has(of) || Date.now() < this.#pausedUntil) return;
		this.#id = randomId();
		const topic = of === ALL ? {} : { topic: of };
		const before = Number.isFinite(floor) ? { before: floor } : {};
		if (this.#options.send({ action: 'history', id: this.#id, ...topic, ...before, limit: PAGE })) this.loading = of;
	}

	/** Asks for one message that the page let go of, or never had. */
	askFor(seq: number): void {
		this.#oneId = randomId();
		this.#options.send({ action: 'history', id: this.#oneId, before: seq + 1, limit: 1 });
	}

	/** Takes an answer in. */
	take(frame: History): void {
		if (frame.id === this.#oneId) return this.#options.ontake(frame);
		const of = this.loading;
		if (frame.id !== this.#id || of === undefined) return;
		const floor = frame.messages[0]?.seq ?? this.#floors[of] ?? 1;
		this.#reach(of, frame.more ? floor : 1, !frame.more);
		this.#options.ontake(frame);
		this.loading = undefined;
	}

	/** Refused: too quick, or the log cannot be read just now. */
	refuse(error: ErrorFrame): void {
		if (error.id !== this.#id || this.loading === undefined) return;
		this.#pausedUntil = Date.now() + (error.retry_ms ?? AGAIN);
		this.#timer = setTimeout(() => (this.loading = undefined), error.retry_ms ?? AGAIN);
	}

	online(): void {
		this.#online = true;
	}

	offline(): void {
		this.#online = false;
		clearTimeout(this.#timer);
		this.#cancel();
	}

	/** From here on everything of these comes; what they had before stays. */
	begin(topics: readonly string[], from: number): void {
		const floors = { ...this.#floors };
		for (const topic of [ALL, ...topics]) floors[topic] ??= from;
		this.#floors = floors;
	}

	/** Nothing before from is there any more. */
	raise(from: number): void {
		this.#floors = Object.fromEntries(Object.entries(this.#floors).map(([of, floor]) => [of, Math.max(floor, from)]));
		this.#ended = new Set();
		this.#cancel();
	}

	/** Left a topic: when it is joined again, there is a hole. */
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

	/** What is still asked for would not fit to what is there now. */
	#cancel(): void {
		this.#id = '';
		this.loading = undefined;
	}

	#reach(of: string, floor: number, ended: boolean): void {
		const before = this.#floors[of] ?? Infinity;
		const floors = { ...this.#floors, [of]: Math.min(floor, before) };
		const all = new Set(this.#ended);
		if (ended) all.add(of);
		// The merged page holds the joined topics too, where those have no hole of their own after it.
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
