import { OperatorError, type ImportAnswer, type ImportQuery, type TableFile } from '../operator/operator';

/** What the operator chose about a table; absent: Belfry finds it out. */
export type TableOptions = Pick<ImportQuery, 'column' | 'head' | 'encoding'>;

/** A table of names that is looked at before it is imported: nobody is on the list before take(). */
export class TableImport {
	/** Of the file, "" of a text that was pasted. */
	name = $state('');
	/** What an import would do; undefined while there is no table. */
	preview = $state.raw<ImportAnswer>();
	options = $state.raw<TableOptions>({});
	#table: TableFile | undefined;

	constructor(private readonly ask: (query: ImportQuery) => Promise<ImportAnswer>) {}

	/** Looks at a table. Rejects where it is none, or has no row; then the last one stays. */
	async open(table: TableFile, name: string): Promise<void> {
		const preview = await this.#ask(table, {}, true);
		if (preview.added.length + preview.skipped.length === 0) {
			throw new OperatorError('bad_frame', 'There is no name in that file.');
		}
		this.#table = table;
		this.name = name;
		this.options = {};
		this.preview = preview;
	}

	/** Reads the same table otherwise. */
	async choose(options: TableOptions): Promise<void> {
		const wanted = { ...this.options, ...options };
		this.preview = await this.#ask(this.#table!, wanted, true);
		this.options = wanted;
	}

	/** Imports what was looked at. */
	async take(): Promise<ImportAnswer> {
		const answer = await this.#ask(this.#table!, this.options, false);
		this.cancel();
		return answer;
	}

	cancel(): void {
		this.#table = this.preview = undefined;
	}

	#ask(table: TableFile, options: TableOptions, preview: boolean): Promise<ImportAnswer> {
		return this.ask({ ...table, ...options, language: navigator.language, preview });
	}
}
