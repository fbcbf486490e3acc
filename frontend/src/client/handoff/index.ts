import { mount, unmount } from 'svelte';
import { readHandoff } from '../../lib/handoff';
import { Store } from '../../lib/storage';
import { Identity } from '../connection/identity.svelte';
import Arrival from './Arrival.svelte';

/**
 * Takes over who somebody is from the link that brought them. Where this page knows somebody else already, that one
 * decides: a stranger's link must not make one write in a stranger's name.
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
