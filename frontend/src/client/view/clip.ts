/** From here on a message is shown in part. */
const LETTERS = 4_000;
const LINES = 40;
// SnapshotStore of the part that is shown, so that "Show all" always shows noticeably more.
const LETTERS_SHOWN = 3_000;
const LINES_SHOWN = 12;

/**
 * The beginning of a text that is too long to show at once, or undefined for one that is not. Laying out 64 KiB of
 * marks or 60,000 lines takes a phone seconds, so the whole text is drawn on request only. The dashboard has a clip of
 * its own with other limits: it cuts harder, having a list of thousands, and never counts combining marks.
 */
export function clip(text: string): string | undefined {
	const tooLong = text.length > LETTERS;
	if (!tooLong && lineEnd(text, LINES) < 0) return undefined;
	const line = lineEnd(text, LINES_SHOWN);
	const letters = tooLong ? LETTERS_SHOWN : text.length;
	return (line >= 0 && line <= letters ? text.slice(0, line) : wholeLetters(text, letters)).trimEnd();
}

// The most that any script puts on one letter is far below this.
const MARKS = /(\p{M}{16})\p{M}+/gu;

/** Limits combining marks: thousands of marks stacked on one letter take a browser many seconds to draw. */
export function tame(text: string): string {
	return text.replace(MARKS, '$1');
}

/** Where the n-th line ends, or -1 if there are not more than n lines. */
function lineEnd(text: string, n: number): number {
	let at = -1;
	for (let i = 0; i < n; i++) {
		at = text.indexOf('\n', at + 1);
		if (at < 0) return -1;
	}
	return at;
}

/** Cuts at end, or a little before it: at a blank, and never inside a surrogate pair. */
function wholeLetters(text: string, end: number): string {
	if (end >= text.length) return text;
	const blank = text.lastIndexOf(' ', end);
	if (blank > end - 80) return text.slice(0, blank);
	const code = text.charCodeAt(end);
	return text.slice(0, code >= 0xdc00 && code <= 0xdfff ? end - 1 : end);
}
