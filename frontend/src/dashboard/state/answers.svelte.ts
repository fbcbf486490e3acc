import { SvelteMap } from 'svelte/reactivity';
import { isBlank } from '../../lib/blank';
import { randomId } from '../../lib/ids';
import type { Message } from '../../lib/protocol';
import type { Store } from '../../lib/storage';
import type { Operator } from '../operator/operator';

const KEY = 'answers';
/** Drafts that are kept; the oldest go first. */
const MOST = 100;
/** Drafts are stored at most this often. */
const SAVE_AFTER = 300;

interface Draft {
	text: string;
	/** Sent again after an answer was lost, it is still the same message. */
	id: string;
}

/** What is being written to one person each, wherever that is: a draft survives leaving the page, and a reload. */
export class Answers {
	/** The epoch of the log that an answered message is of. */
	epoch: string | undefined;
	readonly #drafts = new SvelteMap<string, Draft>();
	/** People whose drafts were changed since they were stored. */
	readonly #changed = new Set<string>();
	#timer?: ReturnType<typeof setTimeout>;

	/** onanswered: a message of a person's was answered, and so seen. */
	constructor(
		private readonly operator: Pick<Operator, 'broadcast'>,
		private readonly store: Store,
		private readonly onanswered: (userID: string, seq: number) => void = () => undefined,
	) {
		for (const [userID, text, id = randomId()] of read(store.get(KEY))) this.#drafts.set(userID, { text, id });
	}

	/** Begins; the returned function ends it. What was typed last is stored before the page goes. */
	start(): () => void {
		const save = () => this.#save();
		addEventListener('pagehide', save);
		return () => {
			removeEventListener('pagehide', save);
			this.#save();
		};
	}

	text(userID: string): string {
		return this.#drafts.get(userID)?.text ?? '';
	}

	write(userID: string, text: string): void {
		this.#changed.add(userID);
		this.#drafts.delete(userID);
		if (text) this.#drafts.set(userID, { text, id: randomId() });
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#save(), SAVE_AFTER);
	}

	/** Sends what is written to a person; the draft stays until it is accepted. Throws an OperatorError when refused. */
	async send(userID: string, answers?: Message): Promise<void> {
		const draft = this.#drafts.get(userID);
		if (!draft || isBlank(draft.text)) return;
		await this.operator.broadcast({
			message: draft.text,
			message_id: draft.id,
			user_id: userID,
			...(answers ? { reply_to: answers.seq, ...(this.epoch ? { epoch: this.epoch } : {}) } : {}),
		});
		if (answers) this.onanswered(userID, answers.seq);
		// What was written meanwhile is another draft.
		if (this.#drafts.get(userID)?.id !== draft.id) return;
		this.write(userID, '');
		this.#save(); // a page that ends now must not bring it back
	}

	// Another window of this browser keeps what is written there in the same place: only what was changed here is replaced.
	#save(): void {
		clearTimeout(this.#timer);
		if (this.#changed.size === 0) return;
		const kept = new Map(read(this.store.get(KEY)).map((one) => [one[0], one]));
		for (const userID of this.#changed) {
			kept.delete(userID);
			const draft = this.#drafts.get(userID);
			if (draft) kept.set(userID, [userID, draft.text, draft.id]);
		}
		this.#changed.clear();
		if (kept.size > 0) this.store.set(KEY, [...kept.values()].slice(-MOST));
		else this.store.remove(KEY);
	}
}

function read(stored: unknown): [userID: string, text: string, id?: string][] {
	if (!Array.isArray(stored)) return [];
	return stored.filter(
		(one): one is [string, string, string?] =>
			Array.isArray(one) && one.length >= 2 && one.every((part) => typeof part === 'string'),
	);
}
