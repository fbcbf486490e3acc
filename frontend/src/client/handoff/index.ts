import { mount, unmount } from 'svelte';
import { arrived } from '../../lib/handoff';
import { Store } from '../../lib/storage';
import { Identity } from '../connection/identity.svelte';
import Arrival from './Arrival.svelte';

/**
 * Takes over who somebody is from the link that brought them. Where this page knows somebody else already, that one
 * decides: a stranger's link must not make one write in a stranger's name.
 */
export async function arrive(fragment: string, target: HTMLElement, store = new Store()): Promise<void> {
	const passenger = arrived(fragment);
	if (!passenger) return;
	const here = new Identity(store);
	if (here.inside) {
		if (here.user_id === passenger.user_id) return;
		if (!(await ask(target, here.name, passenger.name))) return;
	}
	here.become(passenger);
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
