import { createContext } from 'svelte';
import { askRefusal } from '../../lib/refusal';
import { watchResume } from '../../lib/resume';
import { Store } from '../../lib/storage';
import { called } from '../../lib/who';
import { Alarm } from './alarm.svelte';
import { tame } from './clip';
import { DraftState } from './draft.svelte';
import type { Item } from './messages.svelte';
import { placeTopic, topicName, type Place } from './places';
import { Preferences } from './preferences.svelte';
import { Room } from './room.svelte';
import { Session, type Connection } from './session.svelte';
import { isUrgent, View } from './view.svelte';

const PATH = '/ws/client';

const overTheWire: Connection = {
	url: () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${PATH}`,
	probe: () => askRefusal(PATH),
	hidden: () => document.hidden,
};

/** Everything behind the page, made once. The components take it from their context. */
export class ClientApp {
	readonly session: Session;
	readonly view: View;
	readonly room = new Room();
	readonly draft: DraftState;
	readonly preferences: Preferences;
	readonly alarm: Alarm;
	/** What a screen reader is told at once: an urgent message. */
	alert = $state('');
	sheet = $state<'topics' | 'settings' | undefined>();

	constructor(store = new Store(), connection: Connection = overTheWire) {
		this.session = new Session(store, connection);
		this.view = new View(this.session);
		this.draft = new DraftState(store);
		this.preferences = new Preferences(store);
		this.alarm = new Alarm(this.preferences);
		this.session.onarrival = (item) => this.#arrived(item);
		this.session.onnewlog = () => (this.draft.answering = undefined);
		this.session.onwelcome = () => void this.room.ask();
	}

	/** Goes to work; returns what ends it. */
	start(): () => void {
		const { session, view, alarm } = this;
		const touched = () => alarm.unlock();
		const hide = () => view.hide(document.hidden);
		const unwatch = watchResume({ onresume: (away) => session.resume(away), ononline: () => session.online() });
		document.addEventListener('visibilitychange', hide);
		document.addEventListener('pointerup', touched);
		document.addEventListener('keydown', touched);
		this.preferences.apply();
		alarm.check();
		hide();
		void this.room.ask();
		session.start();
		return () => {
			unwatch();
			document.removeEventListener('visibilitychange', hide);
			document.removeEventListener('pointerup', touched);
			document.removeEventListener('keydown', touched);
			this.room.stop();
		};
	}

	/** Shows a place. What is already written keeps its audience: nobody else must see it by accident. */
	go(place: Place): void {
		this.view.show(place);
		this.sheet = undefined;
		if (this.draft.text.trim() === '') this.draft.aim(this.#writable(placeTopic(place)) ?? '');
	}

	/** Leaves the room: nothing written or chosen in it is left for who takes this device next. */
	leave(): void {
		this.session.leave();
		this.draft.clear();
		this.draft.aim('');
		this.view.show('all');
		this.alert = '';
	}

	answer(item: Item): void {
		const { audience, topic } = item.message;
		const open = audience === 'topic' && this.#writable(topic) !== undefined;
		this.draft.answer(item, this.nameOf(item), open);
	}

	/** Who wrote a message, as it stands above it. */
	nameOf({ message: { from }, own }: Item): string {
		if (own) return 'You';
		return tame(from.operator ? from.name || 'Operator' : called(from.user_id, from.name));
	}

	topicName(topic: string): string {
		return topicName(this.session.topics.list, topic);
	}

	#writable(topic: string | undefined): string | undefined {
		return this.session.topics.writable.find((known) => known.topic === topic)?.topic;
	}

	#arrived(item: Item): void {
		this.view.arrived(item);
		const urgent = isUrgent(item);
		this.alarm.ring(urgent);
		if (urgent)
			this.alert = `Urgent, from ${this.nameOf(item)}: ${item.message.title ?? ''} ${item.message.message.slice(0, 500)}`;
	}
}

/** The page's one ClientApp, for every component in it. */
export const [getApp, setApp] = createContext<ClientApp>();
