/**
 * A run of text, or a link in it. Links alone have href, the address that opens, which begins with http:// or https://,
 * and shown, what is to be read of it: mostly the text, but always with the host that href has.
 */
export interface Part {
	text: string;
	href?: string;
	shown?: string;
}

// A link ends where something stands that cannot be seen, or that turns the direction of what follows: nobody could say
// what belongs to it. Bounded, so that one long run of letters costs no more than its length.
const LINK = /https?:\/\/[^\s<>"'`\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]{1,2000}/giu;

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

// Letter by letter from the end: a stranger chose them, and a pattern would try each run of dots from each of its dots.
function trim(address: string): string {
	// "(see http://a/b)" ends before the bracket, "http://a/b_(c)" does not.
	const ends = address.includes('(') ? TRAILING : TRAILING + ')';
	let end = address.length;
	while (ends.includes(address[end - 1]!)) end--;
	return address.slice(0, end);
}

function read(address: string): { href: string; shown: string } | undefined {
	let url: URL;
	try {
		url = new URL(address);
	} catch {
		return undefined;
	}
	// "https://bank.example@evil.example" reads as an address of the bank.
	if (!/^https?:$/.test(url.protocol) || url.username || url.password || /^[^/]*\/\/[^/?#]*@/.test(address))
		return undefined;
	return { href: url.href, shown: honest(address, url) };
}

/** The address as it was written where its host is plain to see, else with the host that it leads to. */
function honest(address: string, url: URL): string {
	const [, scheme, written = '', rest] = /^(https?:\/\/)([^/\\?#]+)([^\\]*)$/i.exec(address) ?? [];
	if (!written) return url.href;
	const host = written.toLowerCase();
	if (host.replace(/:(80|443)$/, '') === url.host || host === url.host || isPlain(host)) return address;
	return scheme! + url.host + rest!;
}

/**
 * Whether a host in letters of its own language can be shown so: those of Latin that nobody takes for others, which ı and
 * ĸ are not. All else is shown as it travels, "xn--…".
 */
function isPlain(host: string): boolean {
	return host === host.normalize('NFKC') && /[ß-ž]/.test(host) && /^[a-zß-öø-įĳ-ķĺ-ľł-ňŋ-ž\d.-]+(:\d+)?$/.test(host);
}
