import type { Store } from '../../lib/storage';
import type { Item } from '../log/messages.svelte';

/** The message being answered, as it is quoted above the field. */
export interface Answering {
	seq: number;
	name: string;
	text: string;
}

const KEY = 'draft';

/** The draft in the composer. It survives a reload. */
export class DraftState {
	readonly #store: Store;
	text = $state('');
	/** Audience: a topic, or '' for the operator alone. */
	to = $state('');
	answering = $state.raw<Answering>();

	constructor(store: Store) {
		this.#store = store;
		const stored = (store.get(KEY) ?? {}) as Record<string, unknown>;
		if (typeof stored.text === 'string') this.text = stored.text;
		if (typeof stored.to === 'string' && this.text !== '') this.to = stored.to;
	}

	save(): void {
		if (this.text === '') this.#store.remove(KEY);
		else this.#store.set(KEY, { text: this.text, to: this.to });
	}

	aim(to: string): void {
		this.to = to;
		this.save();
	}

	/** Begins an answer: it goes where the message was seen, if that may be written to. */
	answer({ message }: Item, name: string, writable: boolean): void {
		this.answering = { seq: message.seq, name, text: message.title || message.message };
		this.aim(writable ? (message.topic ?? '') : '');
	}

	/** Sent: the field is empty again, its audience stays. */
	clear(): void {
		this.text = '';
		this.answering = undefined;
		this.save();
	}
}
