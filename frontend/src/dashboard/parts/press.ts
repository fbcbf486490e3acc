/** Resolved once the press that goes on now is over, and whatever was pressed knows of it; undefined: none goes on. */
let going: Promise<void> | undefined;

/** Follows the presses of a page. The returned function ends that. */
export function watchPresses(page: Window): () => void {
	const end = new AbortController();
	let release = () => {};
	const listen = (names: string[], take: (event: Event) => void) => {
		for (const name of names) page.addEventListener(name, take, { capture: true, passive: true, signal: end.signal });
	};
	listen(['pointerdown'], () => {
		going ??= new Promise<void>((done) => {
			release = () => {
				going = undefined;
				done();
			};
		});
	});
	// The click comes after its pointerup, in the same task.
	listen(['pointerup', 'pointercancel'], () => setTimeout(release));
	// A press that ends in another window is told to that one. Fields lose the focus too.
	listen(['blur'], ({ target }) => target === page && release());
	return () => {
		end.abort();
		release();
	};
}

/**
 * What a field says once it was left may move the button for which it was left, so that the press misses it: it waits until
 * the press is over. undefined: nothing is pressed.
 */
export function released(): Promise<void> | undefined {
	return going;
}
