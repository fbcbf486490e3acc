import type { Attachment } from 'svelte/attachments';

/** Attachment for what may come into sight under a hand: it takes no press for some ms, which were meant for what was there before. */
export function settles(ms: number): Attachment<HTMLElement> {
	return (element) => {
		element.inert = true;
		const timer = setTimeout(() => (element.inert = false), ms);
		return () => clearTimeout(timer);
	};
}
