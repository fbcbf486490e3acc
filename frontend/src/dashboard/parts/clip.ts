const MOST_CHARS = 4_000;
const MOST_LINES = 40;

/**
 * The beginning of a text that would fill the list: at most 4,000 characters and 40 lines, exactly. The client page has
 * a clip of its own with other rules: there only a text that is clearly too long is cut, at a blank.
 */
export function clip(text: string): string {
	let end = Math.min(text.length, MOST_CHARS);
	for (let at = -1, lines = 0; lines < MOST_LINES; lines++) {
		at = text.indexOf('\n', at + 1);
		if (at < 0 || at >= end) break;
		if (lines === MOST_LINES - 1) end = at;
	}
	// Never inside a surrogate pair.
	if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end--;
	return end < text.length ? text.slice(0, end).trimEnd() : text;
}
