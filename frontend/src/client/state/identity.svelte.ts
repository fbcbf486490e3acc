import { randomId } from '../../lib/ids';
import { LIMITS } from '../../lib/protocol';
import type { Store } from '../../lib/storage';

const KEY = 'identity';

/** The topic that exists from the start, and that everybody is in until they leave it. */
export const GENERAL = 'general';

/** Who this person is to the server, kept from visit to visit: the page makes it, the server only believes it. */
export class Identity {
	readonly #store: Store;
	#userId = '';
	name = $state('');
	/** The topics this person is in; what the server is told with each hello. */
	topics = $state.raw<readonly string[]>([GENERAL]);
	/** The log that the page last saw. */
	epoch = '';
	/** True from coming in until leaving or being sent away: a page that is loaded again then comes in by itself. */
	inside = false;

	constructor(store: Store) {
		this.#store = store;
		const kept = (store.get(KEY) ?? {}) as Record<string, unknown>;
		this.#userId = typeof kept.user_id === 'string' && kept.user_id !== '' ? kept.user_id : randomId();
		if (typeof kept.name === 'string') this.name = cleanName(kept.name);
		if (isStrings(kept.topics)) this.topics = kept.topics;
		if (typeof kept.epoch === 'string') this.epoch = kept.epoch;
		this.inside = kept.inside === true && this.name !== '';
		this.save();
	}

	get user_id(): string {
		return this.#userId;
	}

	save(): void {
		const { user_id, name, topics, epoch, inside } = this;
		this.#store.set(KEY, { user_id, name, topics, epoch, inside });
	}

	/** Becomes somebody new: who takes this phone next is not the person who left. */
	forget(): void {
		this.#userId = randomId();
		this.name = '';
		this.topics = [GENERAL];
		this.inside = false;
		this.save();
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
