import type { AuditAnswer, AuditEntry, Operator } from '../operator/operator';
import { Resource } from './resource.svelte';

/** So many entries are read at once. */
const PAGE = 50;

/** The audit list: its newest page is kept fresh while somebody looks, older ones are read on request. */
export class Audit {
	/** Newest first. */
	list = $state.raw<readonly AuditEntry[]>([]);
	/** There are older ones that were not read yet. */
	more = $state(false);
	loading = $state(false);

	#newest: Resource<AuditAnswer>;

	constructor(private readonly operator: Pick<Operator, 'audit'>) {
		this.#newest = new Resource(() => this.#load());
	}

	watch(): () => void {
		return this.#newest.watch();
	}

	onrevision(rev: number): void {
		this.#newest.onrevision(rev);
	}

	/** Reads the next older page. */
	async older(): Promise<void> {
		const last = this.list.at(-1);
		if (this.loading || !last) return;
		this.loading = true;
		try {
			const { entries, more } = await this.operator.audit(last.n, PAGE);
			this.list = [...this.list, ...entries];
			this.more = more;
		} finally {
			this.loading = false;
		}
	}

	// What happens again is counted up in its place, so the newest page replaces what it covers; where it does not reach
	// what was read before, that is left out, and read again on request.
	async #load(): Promise<AuditAnswer> {
		const answer = await this.operator.audit(0, PAGE);
		const first = answer.entries.at(-1)?.n ?? 0;
		const older = this.list.some(({ n }) => n >= first) ? this.list.filter(({ n }) => n < first) : [];
		this.list = [...answer.entries, ...older];
		if (older.length === 0) this.more = answer.more;
		return answer;
	}
}
