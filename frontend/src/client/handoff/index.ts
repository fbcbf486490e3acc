import { mount, unmount } from 'svelte';
import { readHandoff } from '../../lib/handoff';
import { unpacked, type Luggage } from '../../lib/luggage';
import { Store } from '../../lib/storage';
import { Identity } from '../connection/identity.svelte';
import { OUT } from '../connection/outbox.svelte';
import { MOVED } from '../connection/stage';
import { ACK } from '../log/acks.svelte';
import { SnapshotStore } from '../log/snapshot';
import { DRAFT } from '../view/draft.svelte';
import { PREFERENCES } from '../view/preferences.svelte';
import Arrival from './Arrival.svelte';

/**
 * Accepts the identity of a handoff link. Where this page already has another identity in the room, the person is asked
 * first: a stranger's link must not make them write under a stranger's name.
 */
export async function acceptHandoff(fragment: string, target: HTMLElement, store = new Store()): Promise<void> {
	const identity = readHandoff(fragment);
	if (!identity) return;
	const here = new Identity(store);
	const luggage = unpacked(new URLSearchParams(fragment.replace(/^#/u, '')).get('moved'));
	if (here.inside) {
		if (here.user_id === identity.user_id) {
			// Whoever made the link knows no more than the user_id, which others can see.
			if (luggage && here.token === identity.token) take(luggage, here, store);
			return;
		}
		if (!(await ask(target, here.name, identity.name))) return;
	}
	here.become(identity);
	if (luggage) take(luggage, here, store);
}

/** Puts what a page has brought along from another machine where this one has what it had before. */
function take(
	{ topics, kept, acks, preferences, draft, out, left, from }: Luggage,
	here: Identity,
	store: Store,
): void {
	here.topics = topics;
	here.save();
	if (kept) new SnapshotStore(store).take(kept, here.user_id);
	if (preferences && store.get(PREFERENCES) === undefined) store.set(PREFERENCES, preferences);
	for (const ack of acks) store.set(ACK + ack, true);
	if (draft) store.set(DRAFT, draft);
	for (const item of out) store.set(OUT + item.id, item);
	store.set(MOVED, { left, from });
}

function ask(target: HTMLElement, here: string, brought: string): Promise<boolean> {
	return new Promise((answer) => {
		const page = mount(Arrival, {
			target,
			props: {
				here,
				brought,
				onanswer: (yes: boolean) => {
					void unmount(page);
					answer(yes);
				},
			},
		});
	});
}
