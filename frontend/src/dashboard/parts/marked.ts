import { fold } from '../../lib/people';

/** A piece of a label; marked where it matches what was typed. */
export interface Piece {
	text: string;
	marked: boolean;
}

/** What was typed as folded words. */
export function wordsOf(typed: string): string[] {
	return fold(typed).split(/\s+/).filter(Boolean);
}

/** Whether a text has every word; 2: each at the beginning of one of its own words, 1: somewhere, 0: it has not. */
export function rank(text: string, words: readonly string[]): 0 | 1 | 2 {
	const folded = ` ${fold(text)}`;
	if (!words.every((word) => folded.includes(word))) return 0;
	return words.every((word) => folded.includes(` ${word}`)) ? 2 : 1;
}

/** Splits a label into pieces, each word marked once. A letter and its accents stay together. */
export function pieces(label: string, words: readonly string[]): Piece[] {
	const letters = label.match(/\P{M}\p{M}*|\p{M}+/gu) ?? [];
	const places: number[] = [];
	let folded = '';
	letters.forEach((letter, at) => {
		const one = fold(letter);
		for (let i = 0; i < one.length; i++) places.push(at);
		folded += one;
	});
	const marked = new Set<number>();
	for (const word of words) {
		const begins = ` ${folded}`.indexOf(` ${word}`);
		const from = begins < 0 ? folded.indexOf(word) : begins;
		if (from < 0) continue;
		for (let i = from; i < from + word.length; i++) marked.add(places[i]!);
	}
	const found: Piece[] = [];
	letters.forEach((letter, at) => {
		const last = found.at(-1);
		if (last?.marked === marked.has(at)) last.text += letter;
		else found.push({ text: letter, marked: marked.has(at) });
	});
	return found;
}
