import { asError } from '../operator/calls';
import { count } from '../../lib/plural';
import type { Store } from '../../lib/storage';
import type { Address, Connection, Operator, OperatorError, OperatorEvent, State, Stats } from '../operator/operator';
import { PAGE, pageAddress, showing } from './page-address';
import { Puller } from './puller';

/** The state is pulled at most this often. */
const STATE_EVERY = 1_000;
/** How often the chart's figures are pulled. */
const STATS_EVERY = 5_000;
const SHOWS_PAGE = 'shows-page';
/** Counts are announced to screen readers at most this often. */
const SPEAK_EVERY = 5_000;

/** State of the room: its settings, counts, statistics of ten minutes, and the connection to it. */
export class Room {
	connection = $state.raw<Connection>({ state: 'connecting' });
	/** Undefined until the first answer; the last one stays while the connection is lost. */
	state = $state.raw<State>();
	stats = $state.raw<Stats>();
	clients = $state(0);
	subscribers = $state(0);
	/** When the figures were last known to be true, as epoch milliseconds. */
	asOf = $state(0);
	/** The counts in words, for a screen reader. */
	spoken = $state('');
	live = $derived(this.connection.state === 'live');

	#titles = $derived(new Map(this.state?.topics.map(({ topic, title }) => [topic, title])));
	#stateRev = -1;
	#seq = 0;
	#events = 0;
	#pullState = new Puller(() => this.#loadState(), STATE_EVERY);
	#speakTimer?: ReturnType<typeof setTimeout>;

	/** Shows the address that this page was opened at; undefined: only where the server's own is of no use to others. */
	#showsPage: boolean | undefined;

	constructor(
		private readonly operator: Operator,
		private readonly store?: Store,
		private readonly page = () => location.href,
	) {
		const kept = store?.get(SHOWS_PAGE);
		this.#showsPage = typeof kept === 'boolean' ? kept : undefined;
	}

	/** Starts polling the statistics; the returned function stops it. */
	start(): () => void {
		const timer = setInterval(() => void this.#tick(), STATS_EVERY);
		return () => {
			clearInterval(timer);
			clearTimeout(this.#speakTimer);
			this.#pullState.stop();
		};
	}

	/** Pulls state and figures after the connection came (back). */
	async load(): Promise<State> {
		const state = await this.#loadState();
		void this.#loadStats().catch(() => undefined);
		return state;
	}

	onconnection(connection: Connection): void {
		if (this.live && connection.state === 'lost') this.asOf = Date.now();
		this.connection = connection;
	}

	onevent(event: OperatorEvent): void {
		this.#events++;
		this.#count(event.clients, event.subscribers);
		// How many messages are kept comes with the state alone.
		if (event.state_rev === this.#stateRev && event.seq === this.#seq) return;
		this.#stateRev = event.state_rev;
		this.#seq = event.seq;
		this.#pullState.ask();
	}

	/** Display name of a topic: its title, or its name where it is unknown. */
	titleOf = (topic: string): string => this.#titles.get(topic) || topic;

	/** Names the room on both pages. */
	async setName(name: string): Promise<void> {
		await this.operator.setName(name);
		await this.#loadState();
	}

	/** Shows another address on the join card and in the QR code. */
	async setAddress(address: Pick<Address, 'host' | 'kind'>): Promise<void> {
		this.#showsPage = address.kind === PAGE;
		this.store?.set(SHOWS_PAGE, this.#showsPage);
		if (!this.#showsPage) await this.operator.setAddress(address.host);
		await this.#loadState();
	}

	/** Makes a topic; its refusal is thrown as an OperatorError. */
	async createTopic(topic: string, title: string, kind: 'open' | 'announce'): Promise<void> {
		await this.operator.createTopic(topic, title, kind);
		await this.#loadState();
	}

	async renameTopic(topic: string, title: string): Promise<void> {
		await this.operator.renameTopic(topic, title);
		await this.#loadState();
	}

	async archiveTopic(topic: string, archived: boolean): Promise<void> {
		await this.operator.archiveTopic(topic, archived);
		await this.#loadState();
	}

	/** Listens on another port; what still keeps the server from running is in state.problem then. */
	async listen(port: number): Promise<OperatorError | undefined> {
		let refusal: OperatorError | undefined;
		await this.operator.listen(port).catch((cause: unknown) => (refusal = asError(cause)));
		await this.#loadState().catch(() => undefined);
		return refusal;
	}

	async #loadState(): Promise<State> {
		const events = this.#events;
		const state = await this.#withPage(await this.operator.state());
		this.state = state;
		// An event that came while the answer was on its way is newer than the answer's counts.
		if (events === this.#events) {
			this.#seq = state.seq;
			this.#count(state.clients, state.subscribers);
		}
		return state;
	}

	/** Adds the address of this page to a browser's dashboard, and shows it where it was chosen. */
	async #withPage(state: State): Promise<State> {
		const address = this.operator.door === 'web' && !state.problem ? pageAddress(state, this.page()) : undefined;
		if (!address) return state;
		const all = { ...state, addresses: [...state.addresses, address] };
		if (!(this.#showsPage ?? state.address.kind === 'loopback')) return all;
		const shown = showing(all, address);
		const [qr] = await this.operator.qrCodes([shown.join_url]);
		return qr ? { ...shown, qr } : all;
	}

	async #loadStats(): Promise<void> {
		this.stats = await this.operator.stats();
	}

	async #tick(): Promise<void> {
		if (!this.live || document.hidden) return;
		await this.#loadStats().catch(() => undefined);
	}

	#count(clients: number, subscribers: number): void {
		this.asOf = Date.now();
		if (clients === this.clients && subscribers === this.subscribers) return;
		this.clients = clients;
		this.subscribers = subscribers;
		this.#speakTimer ??= setTimeout(() => {
			this.#speakTimer = undefined;
			this.spoken = `${count(this.clients, 'device')} connected`;
		}, SPEAK_EVERY);
	}
}
