import type { Message } from '../../lib/protocol';
import type { Dashboard } from '../state/dashboard.svelte';
import { audienceOf, type Audience } from '../state/draft';
import type { DashboardView } from '../view.svelte';

/** Begins a reply in the composer. A draft that others than before would read is asked about first. */
export function reply(dashboard: Dashboard, view: DashboardView, message: Message): void {
	const { composer } = dashboard;
	const to = audienceOf(message);
	const begin = () => {
		composer.answer(message);
		return view.go('feed', 'message');
	};
	if (!composer.exposes(to)) return void begin();
	const [before, after] = [composer.audience, to].map((audience) => readers(dashboard, audience));
	const text = `You started it for ${before}. As a reply it would be read by ${after}.`;
	const confirmation = { title: 'Use your draft for this reply?', text, act: 'Use the draft', go: begin };
	view.open = { what: 'confirm', confirmation };
}

function readers({ people, room }: Dashboard, audience: Audience): string {
	if (audience.to === 'person') return `${people.nameOf(audience.userID)} only`;
	if (audience.to === 'topic') return `everyone in ${room.titleOf(audience.topic)}`;
	return audience.to === 'nobody' ? 'somebody who is not known any more' : 'everyone';
}
