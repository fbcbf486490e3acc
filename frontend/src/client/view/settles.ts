/** What comes into sight takes no press for so long: it was meant for what was there before. */
const SETTLES = 700;

/** Attachment for a button that may come into sight under a finger. */
export function settles(element: HTMLElement): () => void {
	element.inert = true;
	const timer = setTimeout(() => (element.inert = false), SETTLES);
	return () => clearTimeout(timer);
}
