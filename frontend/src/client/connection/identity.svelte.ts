import type { HandoffIdentity } from '../../lib/handoff';
import { randomId } from '../../lib/ids';
import { LIMITS } from '../../lib/protocol';
import type { Store } from '../../lib/storage';

const KEY = 'identity';
const TOKEN_LETTERS = 43;
const TOKEN = /^[\w-]{16,128}$/;

/** The topic that exists from the start, and that everybody is in until they leave it. */
export const GENERAL = 'general';

/**
 * The person's identity, stored across visits. The page makes both parts before its first hello: the user_id, and the
 * token that proves ownership of it.
 */
export class Identity {
	readonly #store: Store;
	#userId = randomId();
	#token = randomId(TOKEN_LETTERS);
	name = $state('');
	/** Subscribed topics, sent with each hello. */
	topics = $state.raw<readonly string[]>([GENERAL]);
	/** In the room: true from joining until leaving or removal. A reloaded page then joins by itself. */
	inside = false;
	/** In the lobby since then; undefined: not in the lobby. */
	waiting: number | undefined;
	/** The name to go back to if the server refuses the one just asked for. */
	#nameBefore: string | undefined;

	constructor(store: Store) {
		this.#store = store;
		const stored = (store.get(KEY) ?? {}) as Record<string, unknown>;
		if (typeof stored.user_id === 'string' && stored.user_id !== '') this.#userId = stored.user_id;
		if (typeof stored.token === 'string' && TOKEN.test(stored.token)) this.#token = stored.token;
		if (typeof stored.name === 'string') this.name = cleanName(stored.name);
		if (isStrings(stored.topics)) this.topics = stored.topics;
		this.inside = stored.inside === true && this.name !== '';
		if (typeof stored.waiting === 'number') this.waiting = stored.waiting;
		this.save();
	}

	get user_id(): string {
		return this.#userId;
	}

	get token(): string {
		return this.#token;
	}

	save(): void {
		const { user_id, token, name, topics, inside, waiting } = this;
		this.#store.set(KEY, { user_id, token, name, topics, inside, waiting });
	}

	/** Asks for another name; until the server has answered, the name before can come back. */
	rename(name: string): void {
		this.#nameBefore ??= this.name;
		this.name = name;
		this.save();
	}

	/** The server took the name. */
	confirmName(): void {
		this.#nameBefore = undefined;
	}

	/** Goes back to the name before; false where no other name was asked for. */
	revertName(): boolean {
		if (this.#nameBefore === undefined) return false;
		this.name = this.#nameBefore;
		this.#nameBefore = undefined;
		this.save();
		return true;
	}

	/** Neither in the room nor waiting: the page does not come in by itself any more. */
	outside(): void {
		this.inside = false;
		this.waiting = undefined;
		this.save();
	}

	/** Makes a new user_id and token under the same name: the old user_id was somebody else's. */
	renew(): void {
		this.#userId = randomId();
		this.#token = randomId(TOKEN_LETTERS);
		this.save();
	}

	/** Takes over the identity of a handoff link, in the room already where it has a name. */
	become({ user_id, token, name }: HandoffIdentity): void {
		this.#userId = user_id;
		this.#token = token;
		this.name = cleanName(name);
		this.topics = [GENERAL];
		this.inside = this.name !== '';
		this.waiting = undefined;
		this.save();
	}

	/** Replaces the identity by a new one: the next person on this device is another one. */
	forget(): void {
		this.name = '';
		this.topics = [GENERAL];
		this.inside = false;
		this.waiting = undefined;
		this.renew();
	}
}

/** A name as it is sent: one line, no blanks around it, at most 64 code points. */
export function cleanName(name: string): string {
	const line = name.replace(/\s+/gu, ' ').trim();
	return [...line].slice(0, LIMITS.name).join('').trim();
}

function isStrings(value: unknown): value is string[] {
	return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
