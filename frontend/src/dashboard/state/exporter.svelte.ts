import { asError } from '../operator/calls';
import type { Exported, ExportQuery, Operator } from '../operator/operator';

/** One file being saved at a time: how far it is, and what came of it. */
export class Exporter {
	running = $state(false);
	/** From 0 to 1; undefined while the operator is still asked where to. */
	share = $state<number>();
	file = $state.raw<Exported>();
	refusal = $state('');

	#cancel?: AbortController;

	constructor(private readonly operator: Pick<Operator, 'export'>) {}

	/** Saves what is asked for; does nothing while another is being saved. */
	async run(query: ExportQuery): Promise<void> {
		if (this.running) return;
		this.clear();
		this.running = true;
		this.#cancel = new AbortController();
		try {
			this.file = await this.operator.export(query, (share) => (this.share = share), this.#cancel.signal);
		} catch (cause) {
			this.refusal = asError(cause).message;
		} finally {
			this.running = false;
		}
	}

	/** Ends what is being saved; nothing of it is kept. */
	cancel(): void {
		this.#cancel?.abort();
	}

	/** Forgets what came of the last one. */
	clear(): void {
		if (this.running) return;
		this.share = undefined;
		this.file = undefined;
		this.refusal = '';
	}
}
