import type { ClientFrame, MemberFrame, Since, Topic } from '../../lib/protocol';
import type { Identity } from './identity.svelte';

export interface TopicsOptions {
	send: (frame: ClientFrame) => boolean;
	/** The cursor from which a topic joined now has no gap. */
	since: () => Partial<Since>;
	onpart: (topic: string) => void;
}

/** The room's topics, and which of them this person is in. */
export class Topics {
	list = $state.raw<readonly Topic[]>([]);
	readonly #identity: Identity;
	readonly #options: TopicsOptions;
	#before: readonly string[] | undefined;
	#fresh = false;

	constructor(identity: Identity, options: TopicsOptions) {
		this.#identity = identity;
		this.#options = options;
	}

	/** A hello was answered: its topics are subscribed already when the next list comes. */
	welcomed(): void {
		this.#fresh = true;
	}

	take(topics: readonly Topic[]): void {
		const before = new Set(this.list.map((known) => known.topic));
		this.list = topics.filter((topic) => !topic.archived);
		// An archived topic that was opened again has lost its subscribers.
		const again = this.list.filter(({ topic }) => !before.has(topic) && this.isJoined(topic));
		if (!this.#fresh && again.length > 0) {
			this.#subscribe(again.map(({ topic }) => topic));
		}
		this.#fresh = false;
	}

	isJoined(topic: string): boolean {
		return this.#identity.topics.includes(topic);
	}

	isAnnounce(topic: string): boolean {
		return this.list.find((known) => known.topic === topic)?.kind === 'announce';
	}

	/** The joined topics in which this person may write to everyone. */
	get writable(): readonly Topic[] {
		return this.list.filter((topic) => topic.kind === 'open' && this.isJoined(topic.topic));
	}

	join(topic: string): void {
		this.#set([...this.#identity.topics.filter((other) => other !== topic), topic]);
		this.#subscribe([topic]);
	}

	part(topic: string): void {
		this.#set(this.#identity.topics.filter((other) => other !== topic));
		this.#options.send({ action: 'unsubscribe', topics: [topic] });
		this.#options.onpart(topic);
	}

	/** The operator has put this person into topics, or taken them out: the server has done it already. */
	changed({ type, topics }: MemberFrame): void {
		const others = this.#identity.topics.filter((topic) => !topics.includes(topic));
		this.#set(type === 'joined' ? [...others, ...topics] : others);
		this.#before = undefined;
		if (type === 'parted') topics.forEach((topic) => this.#options.onpart(topic));
	}

	/** The server refused the last change: reverts it. */
	undo(): void {
		if (this.#before) this.#set(this.#before);
		this.#before = undefined;
	}

	/** Sends all subscriptions again. */
	sync(): void {
		const known = this.list.map((topic) => topic.topic);
		const joined = known.filter((topic) => this.isJoined(topic));
		const others = known.filter((topic) => !this.isJoined(topic));
		if (joined.length > 0) this.#options.send({ action: 'subscribe', topics: joined });
		if (others.length > 0) this.#options.send({ action: 'unsubscribe', topics: others });
	}

	#subscribe(topics: string[]): void {
		this.#options.send({ action: 'subscribe', topics, ...this.#options.since() });
	}

	#set(topics: readonly string[]): void {
		this.#before = this.#identity.topics;
		this.#identity.topics = topics;
		this.#identity.save();
	}
}
