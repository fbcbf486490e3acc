/** The room as a whole: addresses, state, and problems. */
import type { Access, Topic } from '../../lib/protocol';

/** An address of this server. kind: "wifi" | "cable" | "virtual" | "loopback" | "other" | "name". */
export interface Address {
	/** The whole address for people to type: "http://192.168.1.24:8000/". */
	url: string;
	/** "192.168.1.24", "[fd12:8:1::24]", "belfry.local". */
	host: string;
	/** ":8000"; "" where the scheme's own port is used. */
	port: string;
	kind: string;
	/** The network interface: "wlan0". */
	interface: string;
	/** It is the default route's. */
	default: boolean;
}

/** A QR code: `size` modules square, `path` the dark ones as SVG path data (d) on that grid, quiet zone not included. */
export interface QR {
	size: number;
	path: string;
}

/** Why the server does not run. code: "port_taken" | "folder" | "newer_log" | "in_use" | "start_failed". */
export interface Problem {
	code: string;
	message: string;
	hint: string;
	/** The port it tried, for the field that offers another. 0 where that is not the matter. */
	port: number;
}

/** Trouble: no new messages are accepted until it passes by itself. code: "disk_full" | "not_kept". */
export interface Trouble {
	code: string;
	message: string;
	since: string;
}

/**
 * A notice of something that the server did by itself. code: "code_changed" (after 200 wrong codes the six digits were
 * replaced; QR codes stay valid), "password_off", "webhook", "key_differs", "log_damaged" (the disk has changed something in the log), "left_machines" (it was one of several machines, and was started alone). It stays until dismissNotice(), newCode() or setAccess().
 */
export interface Notice {
	code: string;
	message: string;
	since: string;
}

/**
 * Something that the server cannot be sure of until confirm(); meanwhile the safe side holds. "settings": those named
 * could not be read, and nothing is deleted by age or number. "clock": the machine's clock went far from the time that was seen last, by
 * which messages age meanwhile; it ends by itself where the clock goes back, or has stayed.
 */
export interface Doubt {
	code: string;
	/** What could not be read, and the value that holds, as JSON; "" where there is none. */
	settings: { name: string; value: string }[];
	/** The time seen last, going on since, and the machine's; "" unless it is about the clock. */
	seen: string;
	clock: string;
}

/** The room as a whole. Resource at the start and whenever an event carries another `state` revision. */
export interface State {
	/** "" until the operator has named the room. */
	name: string;
	/** The name that the operator's messages are from. */
	operator: string;
	access: Access;
	version: string;
	/** The commit that it was built from and its day; "" if nobody knows. */
	build: string;
	/** Set while the server does not run; the rest is then empty. */
	problem: Problem | null;
	trouble?: Trouble | null;
	/** The machines of the room, the one that this page is connected to first; absent where there is one. */
	machines?: Machine[];
	/** When the server began to listen. */
	started: string;
	epoch: string;
	/** The newest message's seq; 0: none yet. */
	seq: number;
	/** Messages kept in the log. */
	kept: number;
	clients: number;
	subscribers: number;
	/** The address shown on the join card, and all that there are (the best first). */
	address: Address;
	addresses: Address[];
	/** What the QR code and the copy button carry: the address, with the secret behind it where one comes in by code. */
	join_url: string;
	/** The code of join_url. */
	qr: QR;
	/** The six digits, where one comes in by code; else "". */
	code: string;
	/** People in the lobby. */
	waiting: number;
	/** Null where there is none. */
	notice: Notice | null;
	/** What the operator is to look at. */
	doubts: Doubt[];
	/** The way in over TLS under certificates of the server's own; null while that is off. */
	secure?: Secure | null;
	/** The name announced on the network; null while that is off, or on a server that only this machine reaches. */
	local_name?: LocalName | null;
	/** Where the log is: a folder's path, or "memory". */
	data: string;
	topics: Topic[];
}

/** One machine of a room that has several. */
export interface Machine {
	node: string;
	/** The one that this page is connected to. */
	this: boolean;
	/** "silent": it was heard, and is not now; "missing": it belongs to the room, and is not there. */
	state: 'working' | 'cut_off' | 'silent' | 'missing';
	/** The address of its pages; "" if that is not known. */
	url: string;
	version: string;
	/** The people connected to it. */
	clients: number;
	/** Groups of changes that it has yet to take. */
	behind: number;
	/** It has come as far as this machine, and does not have the same. */
	differs?: boolean;
	/** What is wrong with the room's machines, as a sentence of the one that this page is connected to. */
	trouble?: string;
}

/** The way in over TLS, under certificates that the server makes itself. */
export interface Secure {
	/** "https://192.168.1.24:8443/", of the address shown; "" where it does not work. */
	url: string;
	port: number;
	/** The page that explains how to trust the authority: "http://192.168.1.24:8000/trust". */
	trust: string;
	/** SHA-256 of the authority's certificate: "AB:CD:…". */
	fingerprint: string;
	/** Names and addresses that the certificate is for. */
	names: string[];
	/** Until when the authority holds. */
	until: string;
	/** Names without a dot that an authority of an older version may speak for: they can be domains of the internet. */
	wide: string[];
	/** Why it does not work, a sentence, and what to do; "" where it works. */
	problem: string;
	hint: string;
}

/** The name announced on the network. name: "belfry.local", "" while it is asked for. problem: why none is held, or "". */
export interface LocalName {
	name: string;
	problem: string;
}

/**
 * Whether an address of the server answers, tried from the server's own machine. code: "answers" | "loopback" (bound to
 * this machine alone) | "silent" | "refused" | "other" (somebody else answers there) | "unknown" (no such address).
 */
export interface AddressTest {
	host: string;
	code: 'answers' | 'loopback' | 'silent' | 'refused' | 'other' | 'unknown';
	/** A sentence. */
	message: string;
	/** What to do, or to look at, one each. */
	hints: string[];
	/** Somebody on another machine has opened a page here since the start. */
	reached: boolean;
}

/** The last ten minutes, oldest first; one sample each `step` seconds, the last one still growing. */
export interface Stats {
	step: number;
	clients: number[];
	subscribers: number[];
	messages: number[];
}
