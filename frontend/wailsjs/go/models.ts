export namespace main {
	
	export class exported {
	    name: string;
	    bytes: number;
	
	    static createFrom(source: any = {}) {
	        return new exported(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.bytes = source["bytes"];
	    }
	}

}

export namespace wsserver {
	
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
	export class Broadcast {
	    message: string;
	    topic: string;
	    user_id: string;
	    title: string;
	    priority: number;
	    reply_to: number;
	    ack: string;
	    repeat?: Repeat;
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
	        this.ack = source["ack"];
	        this.repeat = this.convertValues(source["repeat"], Repeat);
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
	    }
	}
	export class ClientsAnswer {
	    rev: number;
	    full: boolean;
	    clients: ClientInfo[];
	    gone: number[];
	    away: Away[];
	    away_rev: number;
	
	    static createFrom(source: any = {}) {
	        return new ClientsAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.rev = source["rev"];
	        this.full = source["full"];
	        this.clients = this.convertValues(source["clients"], ClientInfo);
	        this.gone = source["gone"];
	        this.away = this.convertValues(source["away"], Away);
	        this.away_rev = source["away_rev"];
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
	    }
	}
	export class Sender {
	    user_id?: string;
	    operator?: boolean;
	    name: string;
	
	    static createFrom(source: any = {}) {
	        return new Sender(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.user_id = source["user_id"];
	        this.operator = source["operator"];
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
	export class FindPage {
	    messages: Message[];
	    more: boolean;
	    indexed: number;
	    last: number;
	
	    static createFrom(source: any = {}) {
	        return new FindPage(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.messages = this.convertValues(source["messages"], Message);
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
	export class HistoryPage {
	    messages: Message[];
	    more: boolean;
	    withdrawn?: number[];
	    to?: number;
	
	    static createFrom(source: any = {}) {
	        return new HistoryPage(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.messages = this.convertValues(source["messages"], Message);
	        this.more = source["more"];
	        this.withdrawn = source["withdrawn"];
	        this.to = source["to"];
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
	export class ReceiptsAnswer {
	    receipts: Receipts[];
	    repeats: {[key: number]: Repeat};
	
	    static createFrom(source: any = {}) {
	        return new ReceiptsAnswer(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.receipts = this.convertValues(source["receipts"], Receipts);
	        this.repeats = this.convertValues(source["repeats"], Repeat, true);
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
	export class State {
	    name: string;
	    access: string;
	    version: string;
	    problem?: Problem;
	    started: string;
	    epoch: string;
	    seq: number;
	    kept: number;
	    clients: number;
	    subscribers: number;
	    address: Address;
	    qr: QR;
	    addresses: Address[];
	    trouble?: Trouble;
	    data: string;
	    topics: Topic[];
	
	    static createFrom(source: any = {}) {
	        return new State(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.access = source["access"];
	        this.version = source["version"];
	        this.problem = this.convertValues(source["problem"], Problem);
	        this.started = source["started"];
	        this.epoch = source["epoch"];
	        this.seq = source["seq"];
	        this.kept = source["kept"];
	        this.clients = source["clients"];
	        this.subscribers = source["subscribers"];
	        this.address = this.convertValues(source["address"], Address);
	        this.qr = this.convertValues(source["qr"], QR);
	        this.addresses = this.convertValues(source["addresses"], Address);
	        this.trouble = this.convertValues(source["trouble"], Trouble);
	        this.data = source["data"];
	        this.topics = this.convertValues(source["topics"], Topic);
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
	

}

