import type {
	EntryCode,
	GrantsAnswer,
	ImportAnswer,
	ListAnswer,
	Operator,
	OperatorEvent,
	QR,
	Waiting,
	WhoWaits,
} from '../operator/operator';
import { Resource } from './resource.svelte';
import { TableImport } from './table-import.svelte';

type Verbs = Pick<
	Operator,
	| 'lobby'
	| 'letIn'
	| 'refuse'
	| 'list'
	| 'addEntry'
	| 'importEntries'
	| 'undoImport'
	| 'renewEntry'
	| 'removeEntry'
	| 'qrCodes'
	| 'grants'
>;

/** QR codes per request. */
const CODES = 100;

/** A card to print: a name, its code, and the QR code of the address with it. */
export interface Card extends EntryCode {
	qr: QR;
}

/** Admission: the lobby, and the list of names with personal codes. */
export class Admission {
	readonly lobby: Resource<{ waiting: Waiting[]; missing?: string[] }>;
	readonly list: Resource<ListAnswer>;
	readonly grants: Resource<GrantsAnswer>;
	/** The table that is being looked at before it is imported. */
	readonly table: TableImport;
	/** New codes that were not dismissed yet: the server keeps hashes alone. */
	made = $state.raw<readonly EntryCode[]>([]);
	/** Lines that the last import left out. */
	skipped = $state.raw<ImportAnswer['skipped']>([]);

	constructor(private readonly operator: Verbs) {
		this.lobby = new Resource(() => operator.lobby());
		this.list = new Resource(() => operator.list());
		this.grants = new Resource(() => operator.grants());
		this.table = new TableImport((query) => operator.importEntries(query));
	}

	onevent(event: OperatorEvent): void {
		this.lobby.onrevision(event.lobby_rev);
		this.list.onrevision(event.list_rev);
		this.grants.onrevision(event.grants_rev);
	}

	/** Lets one person in, or all; they leave the lobby at once. */
	async letIn(whom: WhoWaits): Promise<void> {
		await this.operator.letIn(whom);
		await this.lobby.load();
	}

	async refuse(whom: WhoWaits, reason: string): Promise<void> {
		await this.operator.refuse(whom, reason);
		await this.lobby.load();
	}

	async add(name: string): Promise<void> {
		this.#keep([await this.operator.addEntry(name)]);
		await this.list.load();
	}

	/** Imports the table that is looked at; rows left out are in skipped until the next import, or done(). */
	async import(): Promise<void> {
		const answer = await this.table.take();
		this.skipped = answer.skipped;
		this.#keep(answer.added);
		await this.list.load();
	}

	/** Takes the last import back: its names, its codes, and the cards that were not printed yet. */
	async undoImport(): Promise<void> {
		await this.operator.undoImport();
		await this.list.load();
		const left = new Set(this.list.value?.entries.map(({ id }) => id));
		this.made = this.made.filter(({ id }) => left.has(id));
		this.skipped = [];
	}

	/** A new code; putOut: who came in by the old one is out. Returns how many those are. */
	async renew(id: string, putOut: boolean): Promise<number> {
		const { entry, put_out } = await this.operator.renewEntry(id, putOut);
		this.#keep([entry]);
		await this.list.load();
		return put_out;
	}

	/** How many came in by the card of a name, of those that are listed. */
	async cameInBy(name: string): Promise<number> {
		await this.grants.load();
		return (this.grants.value?.grants ?? []).filter(({ entry }) => entry === name).length;
	}

	async remove(id: string): Promise<void> {
		await this.operator.removeEntry(id);
		this.made = this.made.filter((one) => one.id !== id);
		await this.list.load();
	}

	/** Dismisses the new codes: nobody can show them again. */
	done(): void {
		this.made = [];
		this.skipped = [];
	}

	/** The new codes as cards; url: of the client page. */
	async cards(url: string): Promise<Card[]> {
		const cards: Card[] = [];
		for (let at = 0; at < this.made.length; at += CODES) {
			const some = this.made.slice(at, at + CODES);
			const codes = await this.operator.qrCodes(some.map(({ code }) => `${url}#code=${encodeURIComponent(code)}`));
			cards.push(...some.map((one, i) => ({ ...one, qr: codes[i]! })));
		}
		return cards;
	}

	#keep(codes: readonly EntryCode[]): void {
		const renewed = new Set(codes.map(({ id }) => id));
		this.made = [...this.made.filter(({ id }) => !renewed.has(id)), ...codes];
	}
}
