/**
 * Keeps the page where it is, whatever is clicked or dropped. A component that takes a file prevents the event's default
 * itself, before it gets here. inWindow: whether this is the desktop window, where no link is followed at all and none
 * can be dragged anywhere. The returned function ends it.
 */
export function guardPage(page: Window, inWindow: boolean): () => void {
	const end = new AbortController();
	const listen = (names: string[], listener: (event: Event) => void, capture = false) => {
		for (const name of names) page.addEventListener(name, listener, { capture, signal: end.signal });
	};
	listen(['dragenter', 'dragover', 'drop'], refuseDrop);
	if (inWindow) {
		listen(['click', 'auxclick', 'dragstart'], holdLink, true);
	}
	return () => end.abort();
}

// What is dropped would take the place of the page. Text may be dropped into a field.
function refuseDrop(event: Event): void {
	const { target, dataTransfer } = event as DragEvent;
	if (event.defaultPrevented) return;
	// WebKitGTK shows files as addresses, and hides which.
	const files = dataTransfer?.types.some((type) => type === 'Files' || type === 'text/uri-list');
	if (!files && target instanceof Element && target.closest('input, textarea')) return;
	event.preventDefault();
	if (dataTransfer) dataTransfer.dropEffect = 'none';
}

// Only a plain click on a link within the page does what it says.
function holdLink(event: Event): void {
	const link = event.target instanceof Element ? event.target.closest('a, area, img') : null;
	if (!link) return;
	const { button, ctrlKey, shiftKey, metaKey, altKey, type } = event as MouseEvent;
	const plain = type === 'click' && button === 0 && !ctrlKey && !shiftKey && !metaKey && !altKey;
	if (!plain || (link.getAttribute('href') ?? '#')[0] !== '#') event.preventDefault();
}
