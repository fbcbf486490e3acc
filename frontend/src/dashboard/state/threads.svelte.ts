import type { Message } from '../../lib/protocol';
import type { Operator } from '../operator/operator';

/** A page of history. */
const PAGE = 100;
/** Pages read in one go: what a person writes in topics is among theirs, and is passed over. */
const LOOK_BACK = 5;

/** The conversation with one person that is open beside the feed, oldest message first. */
export class Threads {
	/** Whose it is; "": none is open. */
	userID = $state('');
	messages = $state.raw<readonly Message[]>([]);
	/** The log may have older ones. */
	more = $state(false);
	loading = $state(false);
	/** It could not be read. */
	failed = $state(false);

	#before: number | undefined;
	#scope = 0;

	constructor(private readonly operator: Pick<Operator, 'history'>) {}

	open(userID: string): void {
		if (this.userID === userID) return;
		this.close();
		this.userID = userID;
		void this.load();
	}

	close(): void {
		this.#scope++;
		this.userID = '';
		this.messages = [];
		this.more = false;
	}

	/** Reads the newest of it, also when the connection is back. */
	async load(): Promise<void> {
		if (!this.userID) return;
		this.#scope++;
		this.#before = undefined;
		await this.#read();
	}

	async older(): Promise<void> {
		if (this.more && !this.loading) await this.#read();
	}

	onmessages(messages: readonly Message[]): void {
		const last = this.messages.at(-1)?.seq ?? 0;
		const mine = messages.filter((message) => this.#isOfIt(message) && message.seq > last);
		if (mine.length > 0) this.messages = [...this.messages, ...mine];
	}

	ondeleted(seqs: readonly number[]): void {
		if (!this.messages.some(({ seq }) => seqs.includes(seq))) return;
		this.messages = this.messages.filter(({ seq }) => !seqs.includes(seq));
	}

	async #read(): Promise<void> {
		const scope = this.#scope;
		this.loading = true;
		this.failed = false;
		try {
			for (let pages = 0, found = 0; pages < LOOK_BACK && found === 0; pages++) {
				const page = await this.operator.history({ user_id: this.userID, before: this.#before, limit: PAGE });
				if (scope !== this.#scope) return;
				const mine = page.messages.filter(this.#isOfIt);
				found = mine.length;
				// What came while the first page was on its way is newer than all of it.
				const newest = page.messages.at(-1)?.seq ?? 0;
				const first = this.#before === undefined;
				const kept = first ? this.messages.filter(({ seq }) => seq > newest) : this.messages;
				this.messages = [...mine, ...kept];
				this.more = page.more && page.messages.length > 0;
				if (!this.more) return;
				this.#before = page.messages[0]!.seq;
			}
		} catch {
			if (scope === this.#scope) this.failed = true;
		} finally {
			if (scope === this.#scope) this.loading = false;
		}
	}

	#isOfIt = ({ audience, from, user_id }: Message): boolean =>
		audience === 'private' && (user_id === this.userID || from.user_id === this.userID);
}
