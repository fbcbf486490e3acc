/**
 * Keeps --page-height and --page-top at the visual viewport. iOS lays its keyboard over the page without making it
 * smaller, and pushes it up instead: only visualViewport tells, and dvh does not. While the page is pinched larger its
 * size means something else and is left alone. Returns the function that ends it.
 */
export function watchViewport(page: Window = window): () => void {
	const view = page.visualViewport;
	if (!view) return () => {};
	const { style } = page.document.documentElement;
	const fit = () => {
		if (Math.abs(view.scale - 1) > 0.01) return;
		style.setProperty('--page-height', `${Math.round(view.height)}px`);
		style.setProperty('--page-top', `${Math.max(0, Math.round(view.offsetTop))}px`);
	};
	view.addEventListener('resize', fit);
	view.addEventListener('scroll', fit);
	fit();
	return () => {
		view.removeEventListener('resize', fit);
		view.removeEventListener('scroll', fit);
	};
}
