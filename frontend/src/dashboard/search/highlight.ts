import { fold } from '../../lib/people';

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
/** Length of an excerpt. */
const MOST = 480;
/** Letters before the first match in an excerpt, where it is far from the beginning. */
const LEAD = 80;

/** A piece of a text; marked where it matches. */
export interface Piece {
	text: string;
	marked: boolean;
}

/** The words that a search looks for, as they are compared. */
export function wordsOf(text: string): string[] {
	return (text.match(WORD) ?? []).map(fold);
}

/** Splits a text into pieces, with matches marked; adjacent matches as one. */
export function mark(text: string, words: readonly string[]): Piece[] {
	const pieces: Piece[] = [];
	const add = (piece: string, marked: boolean) => {
		const last = pieces.at(-1);
		if (piece === '') return;
		if (last?.marked === marked) last.text += piece;
		else pieces.push({ text: piece, marked });
	};
	let at = 0;
	for (const found of words.length > 0 ? text.matchAll(WORD) : []) {
		const word = fold(found[0]);
		if (!words.some((wanted) => word.startsWith(wanted))) continue;
		const between = text.slice(at, found.index);
		add(between, between === ' ' && pieces.at(-1)?.marked === true);
		add(found[0], true);
		at = found.index + found[0].length;
	}
	add(text.slice(at), false);
	return pieces;
}

/** Excerpt of a long text around its first match. */
export function excerpt(text: string, words: readonly string[]): string {
	if (text.length <= MOST) return text;
	const first = [...text.matchAll(WORD)].find(([word]) => words.some((wanted) => fold(word).startsWith(wanted)));
	const from = first && first.index > MOST - LEAD ? first.index - LEAD : 0;
	const cut = text.slice(from, from + MOST).replace(/[\uD800-\uDBFF]$|^[\uDC00-\uDFFF]/g, '');
	return `${from > 0 ? '…' : ''}${cut}${from + MOST < text.length ? '…' : ''}`;
}
