/** Control of the server: settings, the operator's key, sessions, the audit list, and bans. */
import type { QR } from './room';

/** Effective settings: limits and switches. */
export interface Settings {
	/** For how many days, and up to how many bytes, messages are kept. */
	keep_days: number;
	keep_bytes: number;
	/** For how many hours after their last connection a name is held, and people belong to the room. */
	name_hours: number;
	member_hours: number;
	/** Messages a second from one client, in bursts of five seconds' worth. 0: no limit, of frames and bytes neither. */
	client_rate: number;
	frames_per_second: number;
	bytes_per_second: number;
	/** Topics that one client may be in. */
	max_topics: number;
	/** Seconds to say hello, where the room is not open. */
	hello_seconds: number;
	/** Clients in all; 0: as many as the system allows. */
	max_connections: number;
	/** Connections from one address; 0: no limit per address, of handshakes and wrong keys neither. */
	max_per_address: number;
	handshakes_per_second: number;
	/** Bytes that may wait for all connections together. Beyond it the slowest leave first. */
	queue_bytes: number;
	/** Whether dashboards may be opened on other machines. */
	remote_dashboards: boolean;
	/** Pages are served over TLS too, under certificates that the server makes itself. See State.secure. */
	own_authority: boolean;
	/** The port for that; 0: what goes with the other one (8443 beside 8000). */
	secure_port: number;
	/** The network is told a name for this server. See State.local_name. */
	announce_name: boolean;
	/** The name that the operator's messages are from; "": "Operator". */
	operator_name: string;
	/** For how long a dashboard holds a message back, so that it can be undone; 0: not at all. */
	undo_seconds: number;
	/** The network that people join first; "": none is known, or it has no password. */
	wifi_name: string;
	wifi_password: string;
}

/** A setting that is on or off. */
export type Switch = 'remote_dashboards' | 'own_authority' | 'announce_name';

/** A setting that is a text. */
export type TextSetting = 'operator_name' | 'wifi_name' | 'wifi_password';

/** A setting that is a number. */
export type NumberSetting = Exclude<keyof Settings, Switch | TextSetting>;

export interface SettingsAnswer {
	values: Settings;
	defaults: Settings;
	bounds: Record<NumberSetting, { least: number; most: number }>;
	/**
	 * Limits that nobody changes: message, frame, topic, user_id, id, wifi_name, wifi_password, queue (of one client) in bytes, name in letters;
	 * seconds for the headers of a request, all of it, a frame, silence, and a socket that takes nothing.
	 */
	fixed: Record<string, number>;
	/** The flag that rules a setting, by its name: it cannot be changed here. "operator_key": the key neither. */
	ruled: Partial<Record<keyof Settings | 'operator_key', string>>;
	/** A password is set. */
	password: boolean;
}

/** The operator's key, and the address that opens a dashboard with it. */
export interface KeyAnswer {
	key: string;
	url: string;
	qr: QR;
}

/** A browser, or another program, that is signed in as the operator. */
export interface SessionInfo {
	id: string;
	since: string;
	/** When it last did something. */
	used: string;
	address: string;
	/** "Linux, Firefox"; "" where that is not known. */
	browser: string;
	how: 'key' | 'password';
	/** Its dashboards that are open now. */
	connected: number;
	/** It has a cookie; else it is a program that ends with its connection. */
	lasting: boolean;
	/** This very dashboard. */
	this: boolean;
}

/** Something that was done, or tried, as the operator. Fields that say nothing are absent. */
export interface AuditEntry {
	/** Rising. */
	n: number;
	/** Of the last time, where `count` is more than one; `since` is then the first. */
	time: string;
	since?: string;
	/** More words may come: show one that is not known as it is. */
	what:
		| 'signed_in'
		| 'signed_out'
		| 'wrong_key'
		| 'session_ended'
		| 'new_key'
		| 'key_shown'
		| 'password_set'
		| 'password_removed'
		| 'setting'
		| 'let_in'
		| 'refused'
		| 'disconnected'
		| 'freed'
		| 'muted'
		| 'unmuted'
		| 'blocked'
		| 'unblocked'
		| 'withdrawn'
		| 'topic_created'
		| 'topic_renamed'
		| 'topic_archived'
		| 'topic_opened'
		| 'export_began'
		| 'exported'
		| 'broadcast'
		| 'written_again'
		| 'repeat_stopped'
		| 'announcement_closed'
		| 'announcement_reopened'
		| 'members_added'
		| 'members_removed'
		| 'token_created'
		| 'token_removed'
		| 'webhook_created'
		| 'webhook_changed'
		| 'webhook_removed'
		| 'webhook_paused'
		| 'webhook_resumed'
		| 'webhook_tested'
		| 'webhook_failing'
		| (string & {});
	/**
	 * By whom: the window, a dashboard in a browser (address and browser say which), a program (token is its name), or "":
	 * nobody was signed in.
	 */
	door: 'window' | 'web' | 'program' | '';
	/** The name of the token that a program showed. */
	token?: string;
	address?: string;
	browser?: string;
	/** The session that it was done in. */
	session?: string;
	/** Whom it was done to; the first of several. */
	user_id?: string;
	name?: string;
	names?: string[];
	/** An address that it was done to. */
	target?: string;
	topic?: string;
	seq?: number;
	/** The setting that was changed, and its values. */
	setting?: string;
	before?: string;
	after?: string;
	/** How one signed in, a reason, a title, the format of an export. */
	detail?: string;
	/** With `since` how often it happened, else to how many people it was done, or how many rows there were. */
	count?: number;
}

/** Newest first. */
export interface AuditAnswer {
	entries: AuditEntry[];
	more: boolean;
}

/** A person muted or blocked, or a blocked address or network. */
export interface Ban {
	kind: 'muted' | 'blocked' | 'address';
	user_id?: string;
	/** What they were called then. */
	name?: string;
	/** "192.168.1.24", "192.168.7.0/24". */
	address?: string;
	since: string;
	/** As they read it. */
	reason?: string;
}

/** Each newest first. */
export interface BlockedAnswer {
	muted: Ban[];
	people: Ban[];
	addresses: Ban[];
}
