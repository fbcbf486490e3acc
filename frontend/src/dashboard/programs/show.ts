/** Brings what begins with a heading to the top of the page, and focuses a field of it; without one the heading. */
export function show(heading: string, field = heading): void {
	document.getElementById(heading)?.scrollIntoView({ block: 'start' });
	document.getElementById(field)?.focus({ preventScroll: true });
}
