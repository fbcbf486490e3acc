/** People: connected clients, and members of the room who are away. */

/** One connected client. Times are RFC 3339 UTC; rtt_ms is -1 until a first ping was answered. */
export interface ClientInfo {
	/** The connection, unique while the server runs. Several connections may share one user_id. */
	conn: number;
	user_id: string;
	/** "" where none was given. */
	name: string;
	address: string;
	/** A short readable form of the User-Agent: "Android, Chrome". */
	browser: string;
	since: string;
	/** Topics this connection is subscribed to, sorted; none: it is no subscriber. */
	topics: string[];
	/** Messages this connection has sent. */
	messages: number;
	last_heard: string;
	rtt_ms: number;
	/** The operator lets this person read, but not write. */
	muted: boolean;
	/** The connection only says this user_id, as others can; nobody has shown a token for it. */
	unproved: boolean;
	/** The machine that it is connected to; absent: the one that this page is connected to. */
	machine?: string;
}

/** Changes of the list of clients since a revision. full: `clients` is the whole list, forget what you had. */
export interface ClientsAnswer {
	rev: number;
	full: boolean;
	clients: ClientInfo[];
	/** Connections that ended since then. */
	gone: number[];
	/** A page of the members who are not connected, who was here last first; null where the page has this revision of that list. */
	away: Away[] | null;
	away_rev: number;
	/** How many are away in all, where `away` is not null. */
	away_total: number;
	/** How many people belong to each topic, and under "" to everyone: those to whom a message would be sent now. */
	members: Record<string, number> | null;
	/** How many of them are away, where `away` is not null. */
	away_members: Record<string, number> | null;
	/** Machines that did not answer: their clients are not told, or as they were. */
	missing?: string[];
}

/** A member of the room who is not connected. */
export interface Away {
	user_id: string;
	name: string;
	/** When they were last connected. */
	seen: string;
	topics: string[];
}

/** Somebody who could not be added to a topic, or removed. message: a sentence. */
export interface RefusedMember {
	user_id: string;
	code: string;
	message: string;
}

/** Who was added to a topic, or removed: their user_ids. Who was in it already counts as added. */
export interface MembersAnswer {
	added: string[];
	removed: string[];
	refused: RefusedMember[];
}
