/** A run of text, or a link in it. href is set for links only and always begins with http:// or https://. */
export interface Part {
	text: string;
	href?: string;
}

// Bounded, so that one long run of letters costs no more than its length.
const LINK = /https?:\/\/[^\s<>"'`]{1,2000}/giu;

// What ends a sentence rather than an address.
const TRAILING = '.,;:!?…»”’';

/**
 * Splits text into words and the http and https links in it. Joined again, the parts are the text, letter for letter:
 * nothing is shown that was not written, and no other scheme ever becomes a link.
 */
export function splitLinks(text: string): Part[] {
	const parts: Part[] = [];
	let from = 0;
	for (const match of text.matchAll(LINK)) {
		const address = trim(match[0]);
		const href = safe(address);
		if (!href) continue;
		if (match.index > from) parts.push({ text: text.slice(from, match.index) });
		parts.push({ text: address, href });
		from = match.index + address.length;
	}
	if (from < text.length) parts.push({ text: text.slice(from) });
	return parts;
}

// Letter by letter from the end: a stranger chose them, and a pattern would try each run of dots from each of its dots.
function trim(address: string): string {
	// "(see http://a/b)" ends before the bracket, "http://a/b_(c)" does not.
	const ends = address.includes('(') ? TRAILING : TRAILING + ')';
	let end = address.length;
	while (ends.includes(address[end - 1]!)) end--;
	return address.slice(0, end);
}

function safe(address: string): string | undefined {
	try {
		const url = new URL(address);
		return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
	} catch {
		return undefined;
	}
}
