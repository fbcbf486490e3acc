import { mount, unmount } from 'svelte';
import { readHandoff } from '../../lib/handoff';
import { Store } from '../../lib/storage';
import { Identity } from '../connection/identity.svelte';
import Arrival from './Arrival.svelte';

/**
 * Accepts the identity of a handoff link. Where this page already has another identity in the room, the person is asked
 * first: a stranger's link must not make them write under a stranger's name.
 */
export async function acceptHandoff(fragment: string, target: HTMLElement, store = new Store()): Promise<void> {
	const identity = readHandoff(fragment);
	if (!identity) return;
	const here = new Identity(store);
	if (here.inside) {
		if (here.user_id === identity.user_id) return;
		if (!(await ask(target, here.name, identity.name))) return;
	}
	here.become(identity);
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
