import type { Attachment } from 'svelte/attachments';

/**
 * Attachment for a dialog: calls press when somebody presses beside what is in it. The press has to begin there too: one
 * that selects the text of a field may end anywhere.
 */
export function beside(press: () => void): Attachment<HTMLDialogElement> {
	return (dialog) => {
		const end = new AbortController();
		let began = false;
		const listen = (name: string, take: (is: boolean) => void) =>
			dialog.addEventListener(name, (event) => take(event.target === dialog), { signal: end.signal });
		listen('pointerdown', (is) => (began = is));
		listen('click', (is) => is && began && press());
		return () => end.abort();
	};
}
