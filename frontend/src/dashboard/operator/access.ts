/** Admission: the lobby, and the list of names with personal codes. */

/** Somebody in the lobby, who has waited longest first. */
export interface Waiting {
	user_id: string;
	/** "" where none was given. */
	name: string;
	address: string;
	/** "Android, Chrome". */
	browser: string;
	since: string;
	/** Else the place in the lobby is kept for ten minutes. */
	connected: boolean;
	/** Somebody else has that name: they will have to take another once they are let in. */
	name_taken: boolean;
}

/** An entry with its new code; put_out: how many people are out who came in by the old one. */
export interface RenewAnswer {
	entry: EntryCode;
	put_out: number;
}

/** Somebody who was let in, and comes back without being asked. */
export interface GrantInfo {
	user_id: string;
	/** "" where none is known. */
	name: string;
	since: string;
	/** When they last came in, a day at most too early. */
	seen: string;
	/** The way by which they were let in, "" where that is not known. */
	by: string;
	/** The name on the card, "" without one. */
	entry: string;
	connected: boolean;
}

/** Who was seen last first, at most a thousand; count: how many there are. */
export interface GrantsAnswer {
	grants: GrantInfo[];
	count: number;
}

/** One who waits, or all. */
export type WhoWaits = { userID: string } | { all: true };

/** A name with a personal code. used: when somebody last came in by it, "" never. */
export interface ListEntry {
	id: string;
	name: string;
	made: string;
	used: string;
}

/** A name and its personal code, which is shown this once: only a hash of it is kept. */
export interface EntryCode {
	id: string;
	name: string;
	code: string;
}

/** A table of names, and how to read it where it should not be found out. csv: a text; file: bytes in base64. */
export type TableFile = { csv: string } | { file: string };

/** column: numbers of columns, from 1, that a name is joined of. preview: change nothing. */
export type ImportQuery = TableFile & {
	column?: string[];
	head?: boolean;
	encoding?: string;
	language?: string;
	preview?: boolean;
};

/** A column of a table, from 1; values: in the lines of the sample. */
export interface TableColumn {
	column: number;
	head: string;
	values: string[];
	used: boolean;
}

/** A way to write text in bytes, and its title for people. */
export interface Encoding {
	encoding: string;
	title: string;
}

/** Result of an import, or of its preview: then id and code are "". Lines are counted from 1. */
export interface ImportAnswer {
	added: { id: string; name: string; code: string; line: number }[];
	skipped: { line: number; name: string; reason: string }[];
	columns: TableColumn[];
	sample: number[];
	/** The line of the head, 0 where there is none. */
	head: number;
	/** "" where each line is a name. */
	separator: string;
	sure: boolean;
	/** No column is known to hold names: nobody was added. */
	column_needed: boolean;
	/** null: it was a text. */
	encoding: Encoding | null;
	encodings: Encoding[];
}

/** The import that can be taken back. came_in: how many of its names have come in. */
export interface LastImport {
	time: string;
	count: number;
	came_in: number;
}

/** The list, by name. */
export interface ListAnswer {
	entries: ListEntry[];
	last_import: LastImport | null;
}

export interface UndoAnswer {
	removed: number;
	came_in: number;
}
