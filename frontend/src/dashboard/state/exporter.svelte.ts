import { hasDecimalComma, timeZone } from '../../lib/format';
import { asError } from '../operator/calls';
import type { Exported, ExportQuery, Operator } from '../operator/operator';

/** Export of one file at a time: its progress and its result. */
export class Exporter {
	running = $state(false);
	/** From 0 to 1; undefined while the operator is still asked where to. */
	share = $state<number>();
	file = $state.raw<Exported>();
	refusal = $state('');
	/** How tables are written: in the time of this computer or in UTC, and with what between the cells. */
	times = $state<'local' | 'utc'>('local');
	separator = $state<'comma' | 'semicolon'>(hasDecimalComma() ? 'semicolon' : 'comma');

	#cancel?: AbortController;

	constructor(private readonly operator: Pick<Operator, 'export'>) {}

	/** Starts an export; does nothing while another is running. */
	async run(query: ExportQuery): Promise<void> {
		if (this.running) return;
		this.clear();
		this.running = true;
		this.#cancel = new AbortController();
		try {
			this.file = await this.operator.export(this.#styled(query), (share) => (this.share = share), this.#cancel.signal);
		} catch (cause) {
			this.refusal = asError(cause).message;
		} finally {
			this.running = false;
		}
	}

	/** Cancels the export; no file is left. */
	cancel(): void {
		this.#cancel?.abort();
	}

	/** Forgets the last result. */
	clear(): void {
		if (this.running) return;
		this.share = undefined;
		this.file = undefined;
		this.refusal = '';
	}

	#styled(query: ExportQuery): ExportQuery {
		if (query.format === 'jsonl') return query;
		return { ...query, zone: this.times === 'local' ? timeZone() : '', separator: this.separator };
	}
}
