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

/** Result of an import. line: counted from 1. */
export interface ImportAnswer {
	added: EntryCode[];
	skipped: { line: number; name: string; reason: string }[];
}
