import type { ClientFrame, Message } from '../../lib/protocol';
import { lowerBound } from '../../lib/sorted';

/** Receipt stream: one topic, or ('') everyone and the private conversation. */
interface Stream {
	/** The newest received seq. */
	received: number;
	/** Every message up to this seq was seen. */
	read: number;
	/** Unseen messages after it, in rising seq. */
	unseen: number[];
}

/** A stream as it is kept: received, read, and the first that was not shown. */
export type KeptStream = [received: number, read: number, first?: number];

// Receipts are debounced, each time for another while between these two: a message reaches all pages at the same moment, and
// thousands that answer together hold up the messages after it.
const SOONEST = 400;
const LATEST = 1_200;

/** The stream of a message. */
export const streamOf = ({ audience, topic }: Pick<Message, 'audience' | 'topic'>): string =>
	audience === 'topic' ? (topic ?? '') : '';

/**
 * Sends receipts: what this person has received and read. Both are cumulative, so "read" stops before the first message
 * that was not on the screen, however many after it were.
 */
export class ReceiptSender {
	readonly #send: (frame: ClientFrame) => boolean;
	readonly #random: () => number;
	readonly #streams = new Map<string, Stream>();
	readonly #reported = new Map<string, { received: number; read: number }>();
	#online = false;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(send: (frame: ClientFrame) => boolean, random: () => number = Math.random) {
		this.#send = send;
		this.#random = random;
	}

	/** A message came, live or in a recovery. shown: it counts as seen, being an own one. */
	arrived(message: Message, shown: boolean): void {
		const { seq } = message;
		const stream = this.#stream(streamOf(message), seq - 1);
		stream.received = Math.max(stream.received, seq);
		if (!shown) this.#expect(stream, seq);
		this.#soon();
	}

	/** An older message was loaded, which may be unseen. */
	loaded(message: Message): void {
		const stream = this.#streams.get(streamOf(message));
		if (stream && message.seq <= stream.received) this.#expect(stream, message.seq);
	}

	/** A message was seen, or can no longer be. */
	shown(message: Pick<Message, 'seq' | 'audience' | 'topic'>): void {
		const stream = this.#streams.get(streamOf(message));
		const at = stream ? position(stream.unseen, message.seq) : -1;
		if (!stream || stream.unseen[at] !== message.seq) return;
		stream.unseen.splice(at, 1);
		this.#soon();
	}

	/** Restarts the stream at from: the page has dropped what lies before it. */
	restart(from: number): void {
		for (const [name, stream] of this.#streams) {
			stream.unseen = stream.unseen.filter((seq) => seq >= from);
			stream.read = Math.max(stream.read, from - 1);
			// Dropped messages must not be reported as read.
			this.#reported.set(name, { received: from - 1, read: stream.read });
		}
	}

	/** Connected, and the recovery is complete: receipts may be sent. */
	online(): void {
		this.#online = true;
		this.#soon();
	}

	offline(): void {
		this.#online = false;
		// The last receipt may have been lost with the connection.
		this.#reported.clear();
		this.#cancel();
	}

	/** Sends now what is due: the page may be gone the next moment. */
	flush(): void {
		if (this.#timer === undefined) return;
		this.#cancel();
		this.#report();
	}

	/** Forgets the stream of a topic that was left. */
	part(topic: string): void {
		this.#streams.delete(topic);
		this.#reported.delete(topic);
	}

	clear(): void {
		this.#streams.clear();
		this.#reported.clear();
	}

	keep(): Record<string, KeptStream> {
		const kept: Record<string, KeptStream> = {};
		for (const [name, stream] of this.#streams) {
			const first = stream.unseen[0];
			kept[name] = [stream.received, readUpTo(stream), ...(first === undefined ? ([] as const) : ([first] as const))];
		}
		return kept;
	}

	/** Restores the streams of a snapshot. The messages themselves follow through loaded. */
	restore(kept: Record<string, KeptStream>): void {
		for (const [name, [received, read, first]] of Object.entries(kept)) {
			this.#streams.set(name, { received, read, unseen: first === undefined ? [] : [first] });
		}
	}

	#stream(name: string, before: number): Stream {
		const known = this.#streams.get(name);
		if (known) return known;
		const stream: Stream = { received: before, read: before, unseen: [] };
		this.#streams.set(name, stream);
		this.#reported.set(name, { received: before, read: before });
		return stream;
	}

	#expect(stream: Stream, seq: number): void {
		if (seq <= stream.read) return;
		const at = position(stream.unseen, seq);
		if (stream.unseen[at] !== seq) stream.unseen.splice(at, 0, seq);
	}

	#soon(): void {
		if (!this.#online) return;
		this.#timer ??= setTimeout(() => this.#report(), SOONEST + this.#random() * (LATEST - SOONEST));
	}

	#cancel(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}

	#report(): void {
		this.#timer = undefined;
		for (const [name, stream] of this.#streams) {
			const reported = this.#reported.get(name) ?? { received: 0, read: 0 };
			const read = readUpTo(stream);
			stream.read = Math.max(stream.read, read);
			const topic = name === '' ? {} : { topic: name };
			// What is read was received.
			const news = [
				stream.received > Math.max(reported.received, read) && {
					action: 'received' as const,
					seq: stream.received,
					...topic,
				},
				read > reported.read && { action: 'read' as const, seq: read, ...topic },
			].filter((frame) => frame !== false);
			for (const frame of news) if (!this.#send(frame)) return;
			this.#reported.set(name, {
				received: Math.max(reported.received, stream.received),
				read: Math.max(reported.read, read),
			});
		}
	}
}

function readUpTo({ received, read, unseen }: Stream): number {
	return Math.max(read, unseen.length > 0 ? unseen[0]! - 1 : received);
}

/** Where seq is in a rising list, or belongs. */
const position = (list: readonly number[], seq: number): number => lowerBound(list.length, (i) => list[i]! < seq);
