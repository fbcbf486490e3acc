import type { Part } from '../../lib/links';

/** A run of text, a link in it, or one's own name. */
export interface Piece extends Part {
	me?: boolean;
}

// A name may end a sentence, but "@Ana" is not in "@Anabel".
const AFTER = String.raw`(?![\p{L}\p{N}])`;
const LETTER = /[\p{L}\p{N}@]$/u;

let last: { name: string; pattern: RegExp } | undefined;

/** Where text holds @name as a word of its own. */
function find(text: string, name: string): RegExpExecArray[] {
	// Most texts hold no @ at all, and a list asks for thousands of them.
	if (name === '' || !text.includes('@')) return [];
	if (last?.name !== name) {
		const words = name.replace(/[.*+?^${}()|[\]\\/]/gu, String.raw`\$&`).replace(/ /gu, String.raw`\s+`);
		last = { name, pattern: new RegExp(`@${words}${AFTER}`, 'giu') };
	}
	// What stands before is looked at by hand: not every browser here knows how to look back.
	return [...text.matchAll(last.pattern)].filter(
		({ index }) => !LETTER.test(text.slice(Math.max(0, index - 2), index)),
	);
}

/** Whether a text speaks to the person of that name. */
export const mentions = (text: string, name: string): boolean => find(text, name).length > 0;

/** Splits the words among parts at each mention of that name; links stay whole. */
export function splitMentions(parts: readonly Part[], name: string): Piece[] {
	return parts.flatMap((part) => (part.href === undefined ? split(part, find(part.text, name)) : [part]));
}

function split(part: Part, found: RegExpExecArray[]): Piece[] {
	const { text } = part;
	const pieces: Piece[] = [];
	let from = 0;
	for (const match of found) {
		if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
		pieces.push({ text: match[0], me: true });
		from = match.index + match[0].length;
	}
	return from === 0 ? [part] : [...pieces, { text: text.slice(from) }];
}
