export namespace admission {
	
	export class AddedEntry {
	    id: string;
	    name: string;
	    code: string;
	    line: number;
	
	    static createFrom(source: any = {}) {
	        return new AddedEntry(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.code = source["code"];
	        this.line = source["line"];
	    }
	}
	export class Ban {
	    kind: string;
	    user_id?: string;
	    name?: string;
	    address?: string;
	    since: string;
	    reason?: string;
	
	    static createFrom(source: any = {}) {
	        return new Ban(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.kind = source["kind"];
	        this.user_id = source["user_id"];
	        this.name = source["name"];
	        this.address = source["address"];
	        this.since = source["since"];
	        this.reason = source["reason"];
	    }
	}
	export class BlockedAnswer {
	    muted: Ban[];
	    people: Ban[];
	    addresses: Ban[];
	
	    static createFrom(source: any = {}) {
	        return new BlockedAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.muted = this.convertValues(source["muted"], Ban);
	        this.people = this.convertValues(source["people"], Ban);
	        this.addresses = this.convertValues(source["addresses"], Ban);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class EntryCode {
	    id: string;
	    name: string;
	    code: string;
	
	    static createFrom(source: any = {}) {
	        return new EntryCode(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.code = source["code"];
	    }
	}
	export class SkippedLine {
	    line: number;
	    name: string;
	    reason: string;
	
	    static createFrom(source: any = {}) {
	        return new SkippedLine(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.line = source["line"];
	        this.name = source["name"];
	        this.reason = source["reason"];
	    }
	}
	export class ImportAnswer {
	    added: AddedEntry[];
	    skipped: SkippedLine[];
	    columns: table.Column[];
	    sample: number[];
	    head: number;
	    separator: string;
	    sure: boolean;
	    column_needed: boolean;
	    encoding?: table.Encoding;
	    encodings: table.Encoding[];
	
	    static createFrom(source: any = {}) {
	        return new ImportAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.added = this.convertValues(source["added"], AddedEntry);
	        this.skipped = this.convertValues(source["skipped"], SkippedLine);
	        this.columns = this.convertValues(source["columns"], table.Column);
	        this.sample = source["sample"];
	        this.head = source["head"];
	        this.separator = source["separator"];
	        this.sure = source["sure"];
	        this.column_needed = source["column_needed"];
	        this.encoding = this.convertValues(source["encoding"], table.Encoding);
	        this.encodings = this.convertValues(source["encodings"], table.Encoding);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class ImportQuery {
	    csv: string;
	    file: string;
	    encoding: string;
	    language: string;
	    column: string[];
	    head?: boolean;
	    preview: boolean;
	
	    static createFrom(source: any = {}) {
	        return new ImportQuery(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.csv = source["csv"];
	        this.file = source["file"];
	        this.encoding = source["encoding"];
	        this.language = source["language"];
	        this.column = source["column"];
	        this.head = source["head"];
	        this.preview = source["preview"];
	    }
	}
	export class LastImport {
	    time: string;
	    count: number;
	    came_in: number;
	
	    static createFrom(source: any = {}) {
	        return new LastImport(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.time = source["time"];
	        this.count = source["count"];
	        this.came_in = source["came_in"];
	    }
	}
	export class ListEntry {
	    id: string;
	    name: string;
	    made: string;
	    used: string;
	
	    static createFrom(source: any = {}) {
	        return new ListEntry(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.made = source["made"];
	        this.used = source["used"];
	    }
	}
	export class ListAnswer {
	    entries: ListEntry[];
	    last_import?: LastImport;
	
	    static createFrom(source: any = {}) {
	        return new ListAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.entries = this.convertValues(source["entries"], ListEntry);
	        this.last_import = this.convertValues(source["last_import"], LastImport);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	
	export class UndoAnswer {
	    removed: number;
	    came_in: number;
	
	    static createFrom(source: any = {}) {
	        return new UndoAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.removed = source["removed"];
	        this.came_in = source["came_in"];
	    }
	}

}

export namespace desktop {
	
	export class ExportedFile {
	    name: string;
	    bytes: number;
	
	    static createFrom(source: any = {}) {
	        return new ExportedFile(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.bytes = source["bytes"];
	    }
	}

}

export namespace dispatch {
	
	export class Trouble {
	    code: string;
	    message: string;
	    since: string;
	
	    static createFrom(source: any = {}) {
	        return new Trouble(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.code = source["code"];
	        this.message = source["message"];
	        this.since = source["since"];
	    }
	}

}

export namespace lan {
	
	export class Address {
	    url: string;
	    host: string;
	    port: string;
	    kind: string;
	    interface: string;
	    default: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Address(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.url = source["url"];
	        this.host = source["host"];
	        this.port = source["port"];
	        this.kind = source["kind"];
	        this.interface = source["interface"];
	        this.default = source["default"];
	    }
	}
	export class AddressTest {
	    host: string;
	    code: string;
	    message: string;
	    hints: string[];
	    reached: boolean;
	
	    static createFrom(source: any = {}) {
	        return new AddressTest(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.host = source["host"];
	        this.code = source["code"];
	        this.message = source["message"];
	        this.hints = source["hints"];
	        this.reached = source["reached"];
	    }
	}
	export class LocalName {
	    name: string;
	    problem: string;
	
	    static createFrom(source: any = {}) {
	        return new LocalName(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.problem = source["problem"];
	    }
	}
	export class QR {
	    size: number;
	    path: string;
	
	    static createFrom(source: any = {}) {
	        return new QR(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.size = source["size"];
	        this.path = source["path"];
	    }
	}
	export class Secure {
	    url: string;
	    port: number;
	    trust: string;
	    fingerprint: string;
	    names: string[];
	    until: string;
	    wide: string[];
	    problem: string;
	    hint: string;
	
	    static createFrom(source: any = {}) {
	        return new Secure(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.url = source["url"];
	        this.port = source["port"];
	        this.trust = source["trust"];
	        this.fingerprint = source["fingerprint"];
	        this.names = source["names"];
	        this.until = source["until"];
	        this.wide = source["wide"];
	        this.problem = source["problem"];
	        this.hint = source["hint"];
	    }
	}

}

export namespace operator {
	
	export class AuditEntry {
	    n: number;
	    time: string;
	    since?: string;
	    what: string;
	    door: string;
	    token?: string;
	    address?: string;
	    browser?: string;
	    session?: string;
	    user_id?: string;
	    name?: string;
	    names?: string[];
	    target?: string;
	    topic?: string;
	    seq?: number;
	    setting?: string;
	    before?: string;
	    after?: string;
	    detail?: string;
	    count?: number;
	
	    static createFrom(source: any = {}) {
	        return new AuditEntry(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.n = source["n"];
	        this.time = source["time"];
	        this.since = source["since"];
	        this.what = source["what"];
	        this.door = source["door"];
	        this.token = source["token"];
	        this.address = source["address"];
	        this.browser = source["browser"];
	        this.session = source["session"];
	        this.user_id = source["user_id"];
	        this.name = source["name"];
	        this.names = source["names"];
	        this.target = source["target"];
	        this.topic = source["topic"];
	        this.seq = source["seq"];
	        this.setting = source["setting"];
	        this.before = source["before"];
	        this.after = source["after"];
	        this.detail = source["detail"];
	        this.count = source["count"];
	    }
	}
	export class AuditAnswer {
	    entries: AuditEntry[];
	    more: boolean;
	
	    static createFrom(source: any = {}) {
	        return new AuditAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.entries = this.convertValues(source["entries"], AuditEntry);
	        this.more = source["more"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class Broadcast {
	    message: string;
	    topic: string;
	    user_id: string;
	    title: string;
	    priority: number;
	    reply_to: number;
	    epoch: string;
	    ack: string;
	    repeat?: receipts.Repeat;
	    message_id: string;
	
	    static createFrom(source: any = {}) {
	        return new Broadcast(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.message = source["message"];
	        this.topic = source["topic"];
	        this.user_id = source["user_id"];
	        this.title = source["title"];
	        this.priority = source["priority"];
	        this.reply_to = source["reply_to"];
	        this.epoch = source["epoch"];
	        this.ack = source["ack"];
	        this.repeat = this.convertValues(source["repeat"], receipts.Repeat);
	        this.message_id = source["message_id"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class ClientInfo {
	    conn: number;
	    user_id: string;
	    name: string;
	    address: string;
	    browser: string;
	    since: string;
	    topics: string[];
	    messages: number;
	    last_heard: string;
	    rtt_ms: number;
	    muted: boolean;
	    unproved: boolean;
	    machine?: string;
	
	    static createFrom(source: any = {}) {
	        return new ClientInfo(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.conn = source["conn"];
	        this.user_id = source["user_id"];
	        this.name = source["name"];
	        this.address = source["address"];
	        this.browser = source["browser"];
	        this.since = source["since"];
	        this.topics = source["topics"];
	        this.messages = source["messages"];
	        this.last_heard = source["last_heard"];
	        this.rtt_ms = source["rtt_ms"];
	        this.muted = source["muted"];
	        this.unproved = source["unproved"];
	        this.machine = source["machine"];
	    }
	}
	export class ClientsAnswer {
	    rev: number;
	    full: boolean;
	    clients: ClientInfo[];
	    gone: number[];
	    away: receipts.Away[];
	    away_rev: number;
	    away_total: number;
	    members: Record<string, number>;
	    away_members: Record<string, number>;
	    missing?: string[];
	
	    static createFrom(source: any = {}) {
	        return new ClientsAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.rev = source["rev"];
	        this.full = source["full"];
	        this.clients = this.convertValues(source["clients"], ClientInfo);
	        this.gone = source["gone"];
	        this.away = this.convertValues(source["away"], receipts.Away);
	        this.away_rev = source["away_rev"];
	        this.away_total = source["away_total"];
	        this.members = source["members"];
	        this.away_members = source["away_members"];
	        this.missing = source["missing"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class CodeAnswer {
	    code: string;
	    ended: number;
	
	    static createFrom(source: any = {}) {
	        return new CodeAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.code = source["code"];
	        this.ended = source["ended"];
	    }
	}
	export class Conversation {
	    user_id: string;
	    name: string;
	    seq: number;
	    time: string;
	    text: string;
	    operator: boolean;
	    waiting: string;
	    waiting_seq: number;
	    waiting_newest: number;
	    seen: number;
	
	    static createFrom(source: any = {}) {
	        return new Conversation(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.user_id = source["user_id"];
	        this.name = source["name"];
	        this.seq = source["seq"];
	        this.time = source["time"];
	        this.text = source["text"];
	        this.operator = source["operator"];
	        this.waiting = source["waiting"];
	        this.waiting_seq = source["waiting_seq"];
	        this.waiting_newest = source["waiting_newest"];
	        this.seen = source["seen"];
	    }
	}
	export class ConversationsAnswer {
	    conversations: Conversation[];
	    more: boolean;
	    waiting: number;
	    unseen: number;
	
	    static createFrom(source: any = {}) {
	        return new ConversationsAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.conversations = this.convertValues(source["conversations"], Conversation);
	        this.more = source["more"];
	        this.waiting = source["waiting"];
	        this.unseen = source["unseen"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class ConversationsQuery {
	    before: number;
	    limit: number;
	
	    static createFrom(source: any = {}) {
	        return new ConversationsQuery(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.before = source["before"];
	        this.limit = source["limit"];
	    }
	}
	export class TokenInfo {
	    id: string;
	    name: string;
	    publish: string[];
	    read: string[];
	    urgent: boolean;
	    ask: boolean;
	    receipts: boolean;
	    people: boolean;
	    metrics: boolean;
	    in_url: boolean;
	    rate: number;
	    created: string;
	    used: string;
	    used_from: string;
	
	    static createFrom(source: any = {}) {
	        return new TokenInfo(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.publish = source["publish"];
	        this.read = source["read"];
	        this.urgent = source["urgent"];
	        this.ask = source["ask"];
	        this.receipts = source["receipts"];
	        this.people = source["people"];
	        this.metrics = source["metrics"];
	        this.in_url = source["in_url"];
	        this.rate = source["rate"];
	        this.created = source["created"];
	        this.used = source["used"];
	        this.used_from = source["used_from"];
	    }
	}
	export class CreatedToken {
	    token: TokenInfo;
	    secret: string;
	
	    static createFrom(source: any = {}) {
	        return new CreatedToken(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.token = this.convertValues(source["token"], TokenInfo);
	        this.secret = source["secret"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class SafeSetting {
	    name: string;
	    value: string;
	
	    static createFrom(source: any = {}) {
	        return new SafeSetting(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.value = source["value"];
	    }
	}
	export class Doubt {
	    code: string;
	    settings: SafeSetting[];
	    seen: string;
	    clock: string;
	
	    static createFrom(source: any = {}) {
	        return new Doubt(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.code = source["code"];
	        this.settings = this.convertValues(source["settings"], SafeSetting);
	        this.seen = source["seen"];
	        this.clock = source["clock"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class EndedAnswer {
	    ended: number;
	
	    static createFrom(source: any = {}) {
	        return new EndedAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.ended = source["ended"];
	    }
	}
	export class ExportQuery {
	    text: string;
	    user_id: string;
	    topic: string;
	    kind: string;
	    from: string;
	    until: string;
	    before: number;
	    limit: number;
	    format: string;
	    seq: number;
	    zone: string;
	    separator: string;
	
	    static createFrom(source: any = {}) {
	        return new ExportQuery(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.text = source["text"];
	        this.user_id = source["user_id"];
	        this.topic = source["topic"];
	        this.kind = source["kind"];
	        this.from = source["from"];
	        this.until = source["until"];
	        this.before = source["before"];
	        this.limit = source["limit"];
	        this.format = source["format"];
	        this.seq = source["seq"];
	        this.zone = source["zone"];
	        this.separator = source["separator"];
	    }
	}
	export class FindPage {
	    messages: wire.Message[];
	    more: boolean;
	    indexed: number;
	    last: number;
	
	    static createFrom(source: any = {}) {
	        return new FindPage(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.messages = this.convertValues(source["messages"], wire.Message);
	        this.more = source["more"];
	        this.indexed = source["indexed"];
	        this.last = source["last"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class FindQuery {
	    text: string;
	    user_id: string;
	    topic: string;
	    kind: string;
	    from: string;
	    until: string;
	    before: number;
	    limit: number;
	
	    static createFrom(source: any = {}) {
	        return new FindQuery(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.text = source["text"];
	        this.user_id = source["user_id"];
	        this.topic = source["topic"];
	        this.kind = source["kind"];
	        this.from = source["from"];
	        this.until = source["until"];
	        this.before = source["before"];
	        this.limit = source["limit"];
	    }
	}
	export class GrantInfo {
	    user_id: string;
	    name: string;
	    since: string;
	    seen: string;
	    by: string;
	    entry: string;
	    connected: boolean;
	
	    static createFrom(source: any = {}) {
	        return new GrantInfo(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.user_id = source["user_id"];
	        this.name = source["name"];
	        this.since = source["since"];
	        this.seen = source["seen"];
	        this.by = source["by"];
	        this.entry = source["entry"];
	        this.connected = source["connected"];
	    }
	}
	export class GrantsAnswer {
	    grants: GrantInfo[];
	    count: number;
	
	    static createFrom(source: any = {}) {
	        return new GrantsAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.grants = this.convertValues(source["grants"], GrantInfo);
	        this.count = source["count"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class HistoryPage {
	    messages: wire.Message[];
	    more: boolean;
	    withdrawn?: number[];
	    to?: number;
	    gone?: boolean;
	
	    static createFrom(source: any = {}) {
	        return new HistoryPage(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.messages = this.convertValues(source["messages"], wire.Message);
	        this.more = source["more"];
	        this.withdrawn = source["withdrawn"];
	        this.to = source["to"];
	        this.gone = source["gone"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class HistoryQuery {
	    topic: string;
	    user_id: string;
	    before: number;
	    after: number;
	    limit: number;
	    epoch: string;
	
	    static createFrom(source: any = {}) {
	        return new HistoryQuery(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.topic = source["topic"];
	        this.user_id = source["user_id"];
	        this.before = source["before"];
	        this.after = source["after"];
	        this.limit = source["limit"];
	        this.epoch = source["epoch"];
	    }
	}
	export class KeyAnswer {
	    key: string;
	    url: string;
	    qr: lan.QR;
	
	    static createFrom(source: any = {}) {
	        return new KeyAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.key = source["key"];
	        this.url = source["url"];
	        this.qr = this.convertValues(source["qr"], lan.QR);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Waiting {
	    user_id: string;
	    name: string;
	    address: string;
	    browser: string;
	    since: string;
	    connected: boolean;
	    name_taken: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Waiting(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.user_id = source["user_id"];
	        this.name = source["name"];
	        this.address = source["address"];
	        this.browser = source["browser"];
	        this.since = source["since"];
	        this.connected = source["connected"];
	        this.name_taken = source["name_taken"];
	    }
	}
	export class LobbyAnswer {
	    waiting: Waiting[];
	    missing?: string[];
	
	    static createFrom(source: any = {}) {
	        return new LobbyAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.waiting = this.convertValues(source["waiting"], Waiting);
	        this.missing = source["missing"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class RefusedMember {
	    user_id: string;
	    code: string;
	    message: string;
	
	    static createFrom(source: any = {}) {
	        return new RefusedMember(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.user_id = source["user_id"];
	        this.code = source["code"];
	        this.message = source["message"];
	    }
	}
	export class MembersAnswer {
	    added: string[];
	    removed: string[];
	    refused: RefusedMember[];
	
	    static createFrom(source: any = {}) {
	        return new MembersAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.added = source["added"];
	        this.removed = source["removed"];
	        this.refused = this.convertValues(source["refused"], RefusedMember);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class MembersQuery {
	    topic: string;
	    user_ids: string[];
	
	    static createFrom(source: any = {}) {
	        return new MembersQuery(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.topic = source["topic"];
	        this.user_ids = source["user_ids"];
	    }
	}
	export class NewToken {
	    name: string;
	    publish: string[];
	    read: string[];
	    urgent: boolean;
	    ask: boolean;
	    receipts: boolean;
	    people: boolean;
	    metrics: boolean;
	    in_url: boolean;
	    rate?: number;
	
	    static createFrom(source: any = {}) {
	        return new NewToken(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.publish = source["publish"];
	        this.read = source["read"];
	        this.urgent = source["urgent"];
	        this.ask = source["ask"];
	        this.receipts = source["receipts"];
	        this.people = source["people"];
	        this.metrics = source["metrics"];
	        this.in_url = source["in_url"];
	        this.rate = source["rate"];
	    }
	}
	export class Notice {
	    code: string;
	    message: string;
	    since: string;
	
	    static createFrom(source: any = {}) {
	        return new Notice(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.code = source["code"];
	        this.message = source["message"];
	        this.since = source["since"];
	    }
	}
	export class Receipt {
	    seq: number;
	    time: string;
	
	    static createFrom(source: any = {}) {
	        return new Receipt(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.seq = source["seq"];
	        this.time = source["time"];
	    }
	}
	export class ReceiptsAnswer {
	    receipts: receipts.Receipts[];
	    repeats: Record<number, receipts.Repeat>;
	
	    static createFrom(source: any = {}) {
	        return new ReceiptsAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.receipts = this.convertValues(source["receipts"], receipts.Receipts);
	        this.repeats = this.convertValues(source["repeats"], receipts.Repeat, true);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class RenewAnswer {
	    entry: admission.EntryCode;
	    put_out: number;
	
	    static createFrom(source: any = {}) {
	        return new RenewAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.entry = this.convertValues(source["entry"], admission.EntryCode);
	        this.put_out = source["put_out"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class SessionInfo {
	    id: string;
	    since: string;
	    used: string;
	    address: string;
	    browser: string;
	    how: string;
	    connected: number;
	    lasting: boolean;
	    this: boolean;
	
	    static createFrom(source: any = {}) {
	        return new SessionInfo(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.since = source["since"];
	        this.used = source["used"];
	        this.address = source["address"];
	        this.browser = source["browser"];
	        this.how = source["how"];
	        this.connected = source["connected"];
	        this.lasting = source["lasting"];
	        this.this = source["this"];
	    }
	}
	export class SessionsAnswer {
	    sessions: SessionInfo[];
	    missing?: string[];
	
	    static createFrom(source: any = {}) {
	        return new SessionsAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.sessions = this.convertValues(source["sessions"], SessionInfo);
	        this.missing = source["missing"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class SettingsAnswer {
	    values: settings.Effective;
	    defaults: settings.Effective;
	    bounds: Record<string, settings.Bound>;
	    fixed: Record<string, number>;
	    ruled: Record<string, string>;
	    password: boolean;
	
	    static createFrom(source: any = {}) {
	        return new SettingsAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.values = this.convertValues(source["values"], settings.Effective);
	        this.defaults = this.convertValues(source["defaults"], settings.Effective);
	        this.bounds = this.convertValues(source["bounds"], settings.Bound, true);
	        this.fixed = source["fixed"];
	        this.ruled = source["ruled"];
	        this.password = source["password"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class State {
	    name: string;
	    operator: string;
	    access: string;
	    version: string;
	    build: string;
	    problem?: wire.Problem;
	    started: string;
	    epoch: string;
	    seq: number;
	    kept: number;
	    clients: number;
	    subscribers: number;
	    address: lan.Address;
	    join_url: string;
	    code: string;
	    waiting: number;
	    qr: lan.QR;
	    addresses: lan.Address[];
	    secure?: lan.Secure;
	    local_name?: lan.LocalName;
	    notice?: Notice;
	    doubts: Doubt[];
	    trouble?: dispatch.Trouble;
	    machines?: peers.Machine[];
	    data: string;
	    topics: wire.Topic[];
	
	    static createFrom(source: any = {}) {
	        return new State(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.operator = source["operator"];
	        this.access = source["access"];
	        this.version = source["version"];
	        this.build = source["build"];
	        this.problem = this.convertValues(source["problem"], wire.Problem);
	        this.started = source["started"];
	        this.epoch = source["epoch"];
	        this.seq = source["seq"];
	        this.kept = source["kept"];
	        this.clients = source["clients"];
	        this.subscribers = source["subscribers"];
	        this.address = this.convertValues(source["address"], lan.Address);
	        this.join_url = source["join_url"];
	        this.code = source["code"];
	        this.waiting = source["waiting"];
	        this.qr = this.convertValues(source["qr"], lan.QR);
	        this.addresses = this.convertValues(source["addresses"], lan.Address);
	        this.secure = this.convertValues(source["secure"], lan.Secure);
	        this.local_name = this.convertValues(source["local_name"], lan.LocalName);
	        this.notice = this.convertValues(source["notice"], Notice);
	        this.doubts = this.convertValues(source["doubts"], Doubt);
	        this.trouble = this.convertValues(source["trouble"], dispatch.Trouble);
	        this.machines = this.convertValues(source["machines"], peers.Machine);
	        this.data = source["data"];
	        this.topics = this.convertValues(source["topics"], wire.Topic);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Stats {
	    step: number;
	    clients: number[];
	    subscribers: number[];
	    messages: number[];
	
	    static createFrom(source: any = {}) {
	        return new Stats(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.step = source["step"];
	        this.clients = source["clients"];
	        this.subscribers = source["subscribers"];
	        this.messages = source["messages"];
	    }
	}
	
	export class TokensAnswer {
	    tokens: TokenInfo[];
	    problem?: string;
	
	    static createFrom(source: any = {}) {
	        return new TokensAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.tokens = this.convertValues(source["tokens"], TokenInfo);
	        this.problem = source["problem"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class WebhookAnswer {
	    webhook: webhook.Info;
	    secret?: string;
	
	    static createFrom(source: any = {}) {
	        return new WebhookAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.webhook = this.convertValues(source["webhook"], webhook.Info);
	        this.secret = source["secret"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class WebhooksAnswer {
	    webhooks: webhook.Info[];
	
	    static createFrom(source: any = {}) {
	        return new WebhooksAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.webhooks = this.convertValues(source["webhooks"], webhook.Info);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}

}

export namespace peers {
	
	export class Machine {
	    node: string;
	    this: boolean;
	    state: string;
	    url: string;
	    version: string;
	    clients: number;
	    behind: number;
	    differs?: boolean;
	    trouble?: string;
	
	    static createFrom(source: any = {}) {
	        return new Machine(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.node = source["node"];
	        this.this = source["this"];
	        this.state = source["state"];
	        this.url = source["url"];
	        this.version = source["version"];
	        this.clients = source["clients"];
	        this.behind = source["behind"];
	        this.differs = source["differs"];
	        this.trouble = source["trouble"];
	    }
	}

}

export namespace receipts {
	
	export class Away {
	    user_id: string;
	    name: string;
	    seen: string;
	    topics: string[];
	
	    static createFrom(source: any = {}) {
	        return new Away(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.user_id = source["user_id"];
	        this.name = source["name"];
	        this.seen = source["seen"];
	        this.topics = source["topics"];
	    }
	}
	export class Recipient {
	    user_id: string;
	    name: string;
	    connected: boolean;
	    received: string;
	    read: string;
	    acked: string;
	
	    static createFrom(source: any = {}) {
	        return new Recipient(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.user_id = source["user_id"];
	        this.name = source["name"];
	        this.connected = source["connected"];
	        this.received = source["received"];
	        this.read = source["read"];
	        this.acked = source["acked"];
	    }
	}
	export class Receipts {
	    seq: number;
	    sent: number;
	    received: number;
	    read: number;
	    acked: number;
	    guests: number;
	    closed?: string;
	    who?: Recipient[];
	
	    static createFrom(source: any = {}) {
	        return new Receipts(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.seq = source["seq"];
	        this.sent = source["sent"];
	        this.received = source["received"];
	        this.read = source["read"];
	        this.acked = source["acked"];
	        this.guests = source["guests"];
	        this.closed = source["closed"];
	        this.who = this.convertValues(source["who"], Recipient);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class Repeat {
	    every: number;
	    times: number;
	
	    static createFrom(source: any = {}) {
	        return new Repeat(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.every = source["every"];
	        this.times = source["times"];
	    }
	}

}

export namespace settings {
	
	export class Bound {
	    least: number;
	    most: number;
	
	    static createFrom(source: any = {}) {
	        return new Bound(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.least = source["least"];
	        this.most = source["most"];
	    }
	}
	export class Change {
	    keep_days?: number;
	    keep_bytes?: number;
	    name_hours?: number;
	    member_hours?: number;
	    client_rate?: number;
	    frames_per_second?: number;
	    bytes_per_second?: number;
	    max_topics?: number;
	    hello_seconds?: number;
	    max_connections?: number;
	    max_per_address?: number;
	    handshakes_per_second?: number;
	    queue_bytes?: number;
	    remote_dashboards?: boolean;
	    own_authority?: boolean;
	    secure_port?: number;
	    announce_name?: boolean;
	    operator_name?: string;
	    undo_seconds?: number;
	    wifi_name?: string;
	    wifi_password?: string;
	
	    static createFrom(source: any = {}) {
	        return new Change(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.keep_days = source["keep_days"];
	        this.keep_bytes = source["keep_bytes"];
	        this.name_hours = source["name_hours"];
	        this.member_hours = source["member_hours"];
	        this.client_rate = source["client_rate"];
	        this.frames_per_second = source["frames_per_second"];
	        this.bytes_per_second = source["bytes_per_second"];
	        this.max_topics = source["max_topics"];
	        this.hello_seconds = source["hello_seconds"];
	        this.max_connections = source["max_connections"];
	        this.max_per_address = source["max_per_address"];
	        this.handshakes_per_second = source["handshakes_per_second"];
	        this.queue_bytes = source["queue_bytes"];
	        this.remote_dashboards = source["remote_dashboards"];
	        this.own_authority = source["own_authority"];
	        this.secure_port = source["secure_port"];
	        this.announce_name = source["announce_name"];
	        this.operator_name = source["operator_name"];
	        this.undo_seconds = source["undo_seconds"];
	        this.wifi_name = source["wifi_name"];
	        this.wifi_password = source["wifi_password"];
	    }
	}
	export class Effective {
	    keep_days: number;
	    keep_bytes: number;
	    name_hours: number;
	    member_hours: number;
	    client_rate: number;
	    frames_per_second: number;
	    bytes_per_second: number;
	    max_topics: number;
	    hello_seconds: number;
	    max_connections: number;
	    max_per_address: number;
	    handshakes_per_second: number;
	    queue_bytes: number;
	    remote_dashboards: boolean;
	    own_authority: boolean;
	    secure_port: number;
	    announce_name: boolean;
	    operator_name: string;
	    undo_seconds: number;
	    wifi_name: string;
	    wifi_password: string;
	
	    static createFrom(source: any = {}) {
	        return new Effective(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.keep_days = source["keep_days"];
	        this.keep_bytes = source["keep_bytes"];
	        this.name_hours = source["name_hours"];
	        this.member_hours = source["member_hours"];
	        this.client_rate = source["client_rate"];
	        this.frames_per_second = source["frames_per_second"];
	        this.bytes_per_second = source["bytes_per_second"];
	        this.max_topics = source["max_topics"];
	        this.hello_seconds = source["hello_seconds"];
	        this.max_connections = source["max_connections"];
	        this.max_per_address = source["max_per_address"];
	        this.handshakes_per_second = source["handshakes_per_second"];
	        this.queue_bytes = source["queue_bytes"];
	        this.remote_dashboards = source["remote_dashboards"];
	        this.own_authority = source["own_authority"];
	        this.secure_port = source["secure_port"];
	        this.announce_name = source["announce_name"];
	        this.operator_name = source["operator_name"];
	        this.undo_seconds = source["undo_seconds"];
	        this.wifi_name = source["wifi_name"];
	        this.wifi_password = source["wifi_password"];
	    }
	}

}

export namespace table {
	
	export class Column {
	    column: number;
	    head: string;
	    values: string[];
	    used: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Column(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.column = source["column"];
	        this.head = source["head"];
	        this.values = source["values"];
	        this.used = source["used"];
	    }
	}
	export class Encoding {
	    encoding: string;
	    title: string;
	
	    static createFrom(source: any = {}) {
	        return new Encoding(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.encoding = source["encoding"];
	        this.title = source["title"];
	    }
	}

}

export namespace webhook {
	
	export class Info {
	    id: string;
	    url: string;
	    events: string[];
	    texts: boolean;
	    private: boolean;
	    state: string;
	    state_since: string;
	    paused_by: string;
	    waiting: number;
	    next_try: string;
	    last_sent: string;
	    sent_7d: number;
	    error: string;
	    created: string;
	
	    static createFrom(source: any = {}) {
	        return new Info(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.url = source["url"];
	        this.events = source["events"];
	        this.texts = source["texts"];
	        this.private = source["private"];
	        this.state = source["state"];
	        this.state_since = source["state_since"];
	        this.paused_by = source["paused_by"];
	        this.waiting = source["waiting"];
	        this.next_try = source["next_try"];
	        this.last_sent = source["last_sent"];
	        this.sent_7d = source["sent_7d"];
	        this.error = source["error"];
	        this.created = source["created"];
	    }
	}
	export class Spec {
	    url: string;
	    events: string[];
	    texts: boolean;
	    private: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Spec(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.url = source["url"];
	        this.events = source["events"];
	        this.texts = source["texts"];
	        this.private = source["private"];
	    }
	}
	export class TestResult {
	    status: number;
	    ms: number;
	    body: string;
	    error: string;
	
	    static createFrom(source: any = {}) {
	        return new TestResult(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.status = source["status"];
	        this.ms = source["ms"];
	        this.body = source["body"];
	        this.error = source["error"];
	    }
	}

}

export namespace wire {
	
	export class Sender {
	    user_id?: string;
	    operator?: boolean;
	    program?: boolean;
	    name: string;
	
	    static createFrom(source: any = {}) {
	        return new Sender(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.user_id = source["user_id"];
	        this.operator = source["operator"];
	        this.program = source["program"];
	        this.name = source["name"];
	    }
	}
	export class Message {
	    type: string;
	    seq: number;
	    id?: string;
	    time: string;
	    audience: string;
	    topic?: string;
	    user_id?: string;
	    from: Sender;
	    message: string;
	    title?: string;
	    priority?: number;
	    ack?: string;
	    reply_to?: number;
	    tags?: string[];
	    click?: string;
	
	    static createFrom(source: any = {}) {
	        return new Message(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.type = source["type"];
	        this.seq = source["seq"];
	        this.id = source["id"];
	        this.time = source["time"];
	        this.audience = source["audience"];
	        this.topic = source["topic"];
	        this.user_id = source["user_id"];
	        this.from = this.convertValues(source["from"], Sender);
	        this.message = source["message"];
	        this.title = source["title"];
	        this.priority = source["priority"];
	        this.ack = source["ack"];
	        this.reply_to = source["reply_to"];
	        this.tags = source["tags"];
	        this.click = source["click"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Problem {
	    code: string;
	    message: string;
	    hint: string;
	    port: number;
	
	    static createFrom(source: any = {}) {
	        return new Problem(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.code = source["code"];
	        this.message = source["message"];
	        this.hint = source["hint"];
	        this.port = source["port"];
	    }
	}
	
	export class Topic {
	    topic: string;
	    title: string;
	    kind: string;
	    archived: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Topic(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.topic = source["topic"];
	        this.title = source["title"];
	        this.kind = source["kind"];
	        this.archived = source["archived"];
	    }
	}

}

