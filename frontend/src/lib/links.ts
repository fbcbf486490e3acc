/**
 * A run of text, or a link in it. Links alone have href, the address that opens, which begins with http:// or https://,
 * and shown, what is to be read of it: the text, with the host as browsers read it, in ASCII ("xn--…"): many letters look alike.
 */
export interface Part {
	text: string;
	href?: string;
	shown?: string;
}

// A link ends where something stands that cannot be seen, or that turns the direction of what follows: nobody could say
// what belongs to it; and before a backslash, which browsers take for a slash. Bounded, so that one long run of letters costs no more than its length.
const LINK = /https?:\/\/[^\s<>"'`\\\p{C}\p{DI}\u2800]{1,2000}/giu;

// What ends a sentence rather than an address.
const TRAILING = '.,;:!?…»”’';

/**
 * Splits text into words and the http and https links in it. Joined again, the texts of the parts are the text, letter
 * for letter, and no other scheme ever becomes a link.
 */
export function splitLinks(text: string): Part[] {
	const parts: Part[] = [];
	let from = 0;
	for (const match of text.matchAll(LINK)) {
		const address = trim(match[0]);
		const link = read(address);
		if (!link) continue;
		if (match.index > from) parts.push({ text: text.slice(from, match.index) });
		parts.push({ text: address, ...link });
		from = match.index + address.length;
	}
	if (from < text.length) parts.push({ text: text.slice(from) });
	return parts;
}

/**
 * An address that stands by itself, as a program's message carries one: what opens, and its host as browsers read it, in
 * ASCII. Undefined for what is no http or https address, or hides its host behind an "@".
 */
export function readAddress(address: string): { href: string; host: string } | undefined {
	const found = /^https?:\/\//i.test(address) ? read(address) : undefined;
	return found && { href: found.href, host: new URL(found.href).host };
}

// Letter by letter from the end: a stranger chose them, and a pattern would try each run of dots from each of its dots.
function trim(address: string): string {
	// "(see http://a/b)" ends before the bracket, "http://a/b_(c)" does not.
	const ends = address.includes('(') ? TRAILING : TRAILING + ')';
	let end = address.length;
	while (ends.includes(address[end - 1]!)) end--;
	return address.slice(0, end);
}

const HOST = /^[^/]*\/+[^/?#]*/;

function read(address: string): { href: string; shown: string } | undefined {
	const [host] = HOST.exec(address)!;
	// "https://bank.example@evil.example" reads as an address of the bank.
	if (host.includes('@')) return undefined;
	try {
		const { href, origin } = new URL(address);
		return { href, shown: origin + address.slice(host.length) };
	} catch {
		return undefined;
	}
}
