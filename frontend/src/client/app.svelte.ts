import { isBlank } from '../lib/blank';
import { createContext } from 'svelte';
import { socketAddress } from '../lib/address';
import { handoffLink } from '../lib/handoff';
import { packed } from '../lib/luggage';
import type { Topic } from '../lib/protocol';
import { senderName } from '../lib/people';
import { watchResume } from '../lib/resume';
import { Store } from '../lib/storage';
import { Moving } from './connection/moving';
import { askRefusal } from './connection/refusal';
import { Room } from './connection/room.svelte';
import { Session, type Connection } from './connection/session.svelte';
import { MOVED, type Moved } from './connection/stage';
import { isUrgent, type Item } from './log/messages.svelte';
import type { Note } from './log/missed.svelte';
import { Alarm } from './view/alarm.svelte';
import { channelTopic, isIn, topicChannel, topicName, type Channel } from './view/channels';
import { tame } from './view/clip';
import { DraftState } from './view/draft.svelte';
import { Layers } from './view/layers';
import { ListView } from './view/list-view.svelte';
import { Preferences } from './view/preferences.svelte';
import { Urgent } from './view/urgent.svelte';
import { missedWords } from './words';

const WANTED = 'topic';
const PATH = 'ws/client';

const overTheWire = (moving: Moving): Connection => ({
	url: () => socketAddress(moving.stay ? `${PATH}?stay=1` : PATH),
	probe: () => askRefusal(PATH),
	hidden: () => document.hidden,
});

type SecureParts = typeof import('./secure');

interface Secure {
	extras: InstanceType<SecureParts['Extras']>;
	SecureSettings: SecureParts['SecureSettings'];
}

/** State of the page, made once. Components take it from their context. */
export class ClientApp {
	readonly session: Session;
	readonly view: ListView;
	readonly urgent: Urgent;
	readonly room = new Room();
	readonly draft: DraftState;
	readonly preferences: Preferences;
	readonly alarm: Alarm;
	readonly layers = new Layers();
	/** Assertive announcement for screen readers: an urgent message. */
	alert = $state('');
	/** Polite announcement for screen readers. */
	say = $state('');
	sheet = $state<'topics' | 'settings' | undefined>();
	/** Set after the page has come here from another machine of the room. */
	moved = $state.raw<Moved>();
	/** Extras of the encrypted address, once they are loaded. */
	secure = $state.raw<Secure>();

	readonly #store: Store;

	constructor(store = new Store(), connection?: Connection, moving = new Moving()) {
		this.#store = store;
		this.moved = movedIn(store);
		this.session = new Session(store, connection ?? overTheWire(moving), undefined, moving);
		moving.onfound = (url) => location.replace(this.linkTo(url));
		this.view = new ListView(this.session);
		this.draft = new DraftState(store);
		this.preferences = new Preferences(store);
		this.alarm = new Alarm(this.preferences);
		this.urgent = new Urgent(this.session, this.view);
		this.view.inFront = () => document.hasFocus() && this.urgent.page === undefined;
		const { log } = this.session;
		log.onarrival = (item) => this.#arrived(item);
		log.onreturn = (items, note) => this.#returned(items, note);
		log.onloaded = (items) => this.view.loaded(items);
		log.outstanding.oncame = (items) => this.#fetched(items);
		log.onwithdrawn = (item) => this.#withdrawn(item);
		log.onremind = (item) => this.#ring(item);
		this.session.onnewlog = () => this.draft.stopAnswering();
		this.session.onwelcome = () => void this.room.ask();
		this.session.onmoved = ({ type, topics }) => {
			for (const topic of topics) log.news.moved(topic, type === 'joined');
			if (type === 'joined') return;
			if (topics.includes(this.view.topic ?? '')) this.view.show('all');
			topics.forEach((topic) => this.draft.close(topic));
		};
		this.session.ontopics = () => this.#topicsCame();
		this.room.oncalled = (name) => log.news.called(name, this.session.stage === 'room');
		this.session.onroom = (room) => this.room.take(room);
	}

	/** A link names a topic, which is joined after coming in. */
	want(topic: string): void {
		this.#store.set(WANTED, topic);
	}

	/** Starts the app; returns the function that stops it. */
	start(): () => void {
		const { session, view, alarm } = this;
		const touched = () => {
			alarm.unlock();
			view.look();
		};
		const hide = () => {
			view.hide(document.hidden);
			view.look();
			if (document.hidden) session.log.flush();
		};
		const look = () => view.look();
		const flush = () => session.log.flush();
		const unwatch = watchResume({ onresume: (away) => session.resume(away), ononline: () => session.online() });
		document.addEventListener('visibilitychange', hide);
		addEventListener('focus', look);
		// On a phone this is the last event before a page is ended.
		addEventListener('pagehide', flush);
		document.addEventListener('pointerup', touched);
		document.addEventListener('keydown', touched);
		const endLayers = this.layers.start();
		const endDraft = this.draft.start();
		this.preferences.apply();
		hide();
		void this.room.ask();
		session.start();
		let ended = false;
		let endSecure: (() => void) | undefined;
		// Over plain http a browser allows none of it, on this very machine neither the same page to everyone.
		if (location.protocol === 'https:') void this.#loadSecure().then((end) => (ended ? end?.() : (endSecure = end)));
		return () => {
			ended = true;
			endSecure?.();
			unwatch();
			endLayers();
			endDraft();
			document.removeEventListener('visibilitychange', hide);
			removeEventListener('focus', look);
			removeEventListener('pagehide', flush);
			document.removeEventListener('pointerup', touched);
			document.removeEventListener('keydown', touched);
			this.room.stop();
		};
	}

	/** A link to another machine of the room, with who this is and what is not sent yet. */
	linkTo(url: string): string {
		const { identity, log, outbox } = this.session;
		const luggage = {
			topics: identity.topics,
			...log.luggage(),
			preferences: this.preferences.keep(),
			draft: this.draft.keep(),
			out: outbox.items,
		};
		return handoffLink(url, identity, packed({ ...luggage, from: location.origin }));
	}

	/** Switches to a channel, and takes its audience. All channels are shown together without one of their own. */
	go(channel: Channel): void {
		this.view.show(channel);
		this.sheet = undefined;
		if (channel !== 'all' || isBlank(this.draft.text))
			this.draft.move(this.writable(channelTopic(channel))?.topic ?? '');
		else this.draft.leaveQuestion();
		if (this.draft.question) this.say = 'Who should see your draft?';
	}

	/** Sends the draft, and goes where it is shown. */
	send(text: string): void {
		const { session, draft, view } = this;
		const to = this.writable(draft.audience);
		session.write({ text, ...(to && { topic: to.topic }), ...(draft.answering && { reply_to: draft.answering.seq }) });
		draft.clear();
		if (isIn(view.channel, to ? 'topic' : 'private', to?.topic)) view.follow(true);
		else this.go(to ? topicChannel(to.topic) : 'operator');
	}

	/** The topic of that name, if this person may write to everyone in it. */
	writable(topic: string | undefined): Topic | undefined {
		const { topics } = this.session;
		// Before the first list has come, the topic that was chosen holds: whom it says must not change with the list.
		if (topic && topics.list.length === 0 && topics.isJoined(topic))
			return { topic, title: '', kind: 'open', archived: false };
		return topics.writable.find((known) => known.topic === topic);
	}

	/** Leaves the room: nothing written or chosen is left for the next person on this device. */
	leave(): void {
		this.session.leave();
		this.draft.clear();
		this.draft.aim('');
		this.view.show('all');
		this.alert = '';
	}

	/** Leaves a topic, and its view with it. */
	part(topic: string): void {
		this.view.part(topic);
		this.draft.close(topic);
	}

	/** Begins a reply. openly: it may go to the topic of the message; otherwise to the operator alone. */
	answer(item: Item, openly = true): void {
		const { audience, topic } = item.message;
		const open = openly && audience === 'topic' ? this.writable(topic) : undefined;
		this.draft.answer(item, this.nameOf(item), open?.topic ?? '');
	}

	/** Name of a message's sender. */
	nameOf({ message: { from }, own }: Item): string {
		if (own) return 'You';
		return tame(senderName(from));
	}

	topicName(topic: string): string {
		return topicName(this.session.topics.list, topic);
	}

	async #loadSecure(): Promise<(() => void) | undefined> {
		// A connection that breaks just now costs these extras until the page is loaded again, and nothing else.
		const parts = await import('./secure').catch(() => undefined);
		if (!parts) return;
		const extras = new parts.Extras(this.#store);
		this.secure = { extras, SecureSettings: parts.SecureSettings };
		return extras.start();
	}

	/** The room's topics are known: new ones are told, and the one that a link named is joined. */
	#topicsCame(): void {
		const { topics, log } = this.session;
		for (const topic of this.draft.topics) if (!this.writable(topic)) this.draft.close(topic);
		const wanted = this.#store.get(WANTED);
		const known = topics.list.find(({ topic }) => topic === wanted);
		if (typeof wanted === 'string' && this.session.stage === 'room') {
			this.#store.remove(WANTED);
			if (!known) this.session.notice = `There is no topic called ${wanted} here.`;
			else {
				if (!topics.isJoined(wanted)) topics.join(wanted);
				this.go(topicChannel(wanted));
			}
		}
		log.news.topics(topics.list, (topic) => topics.isJoined(topic));
	}

	#arrived(item: Item): void {
		this.view.arrived(item);
		this.#ring(item);
		void this.secure?.extras.arrived(item, isUrgent(item));
	}

	#ring(item: Item): void {
		const urgent = isUrgent(item);
		this.alarm.ring(urgent);
		this.#alert(item);
	}

	/** Messages that wait for this person were fetched. What was missed, or asked again, rings, all of it once. */
	#fetched(items: readonly Item[]): void {
		this.view.fetched(items);
		const { reminded } = this.session.log.asking;
		const news = items.filter(({ missed, message }) => missed !== undefined || reminded.has(message.seq));
		if (news.length > 0) this.alarm.ring(news.some(isUrgent));
		news.forEach((item) => this.#alert(item));
	}

	#alert(item: Item): void {
		// The page that an urgent question takes is announced by itself.
		if (isUrgent(item) && !this.session.log.asking.asks(item))
			this.alert = `Urgent, from ${item.message.from.program ? 'the program ' : ''}${this.nameOf(item)}: ${item.message.title ?? ''} ${item.message.message.slice(0, 500)}`;
	}

	/** Missed messages ring once. */
	#returned(items: readonly Item[], note: Note | undefined): void {
		this.view.returned(items, note);
		if (items.length > 0) this.alarm.ring(items.some(isUrgent));
		if (note) this.say = missedWords(note);
	}

	#withdrawn({ message: { seq } }: Item): void {
		this.view.forget(seq);
		this.alert = '';
		if (this.draft.answering?.seq === seq) this.draft.stopAnswering();
	}
}

/** What the store says of a move to this machine, once. */
function movedIn(store: Store): Moved | undefined {
	const { left, from } = (store.get(MOVED) ?? {}) as Partial<Moved>;
	store.remove(MOVED);
	return typeof left === 'number' && typeof from === 'string' ? { left, from } : undefined;
}

/** The page's one ClientApp, for every component in it. */
export const [getApp, setApp] = createContext<ClientApp>();
