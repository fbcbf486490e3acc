import { Words, type Word } from './words';

/** Length of an excerpt. */
const MOST = 480;
/** Letters before the first match in an excerpt, where it is far from the beginning. */
const LEAD = 80;

/** A piece of a text; marked where it matches. */
export interface Piece {
	text: string;
	marked: boolean;
}

/** One part of a search: words that follow each other, also with what is joined as one. */
export interface Phrase {
	words: readonly string[];
	joined?: readonly string[];
	/** The last word may be only the beginning of one. */
	beginning: boolean;
}

/** What a search looks for: each of its parts between blanks. */
export function phrasesOf(text: string): Phrase[] {
	const parts = text
		.split(/\s+/u)
		.map((part) => new Words(part))
		.filter(({ list }) => list.length > 0);
	return parts.map(({ list, joints }, i) => {
		const words = list.map((word) => word.text);
		let at = 0;
		const joined: string[] = [];
		for (const joint of joints) {
			joined.push(...words.slice(at, joint.first), joint.text);
			at = joint.end;
		}
		return {
			words,
			joined: joints.length > 0 ? [...joined, ...words.slice(at)] : undefined,
			beginning: i === parts.length - 1 && list.at(-1)?.kind === 'letter',
		};
	});
}

type Place = Pick<Word, 'from' | 'to'>;

/** Where a text has a phrase. */
function placesOf(text: Words, { words, joined, beginning }: Phrase): Place[] {
	const found = follow(text, words, beginning);
	return joined ? [...found, ...follow(text, joined, false)] : found;
}

function follow({ list, others }: Words, words: readonly string[], beginning: boolean): Place[] {
	const places: Place[] = [];
	const end = words.length - 1;
	const last = words[end];
	if (last === undefined) return places;
	const ends = (has: string) => has === last || (beginning && has.startsWith(last));
	for (let at = 0; at + end < list.length; at++)
		if (ends(list[at + end]!.text) && words.every((word, i) => i === end || list[at + i]!.text === word))
			places.push({ from: list[at]!.from, to: list[at + end]!.to });
	return end === 0 ? [...places, ...others.filter(({ text }) => ends(text))] : places;
}

/** Whether a text has all that is looked for, as the server finds it. */
export function matches(text: string, phrases: readonly Phrase[]): boolean {
	const words = new Words(text);
	return phrases.length > 0 && phrases.every((phrase) => placesOf(words, phrase).length > 0);
}

function allPlaces(text: string, phrases: readonly Phrase[]): Place[] {
	if (phrases.length === 0) return [];
	const words = new Words(text);
	return phrases.flatMap((phrase) => placesOf(words, phrase)).sort((a, b) => a.from - b.from || b.to - a.to);
}

/** Splits a text into pieces, with matches marked; adjacent matches as one. */
export function mark(text: string, phrases: readonly Phrase[]): Piece[] {
	const pieces: Piece[] = [];
	const add = (piece: string, marked: boolean) => {
		const last = pieces.at(-1);
		if (piece === '') return;
		if (last?.marked === marked) last.text += piece;
		else pieces.push({ text: piece, marked });
	};
	let at = 0;
	for (const { from, to } of allPlaces(text, phrases)) {
		if (to <= at) continue;
		const between = text.slice(at, Math.max(at, from));
		add(between, between === ' ' && pieces.at(-1)?.marked === true);
		add(text.slice(Math.max(at, from), to), true);
		at = to;
	}
	add(text.slice(at), false);
	return pieces;
}

/** Excerpt of a long text around its first match. */
export function excerpt(text: string, phrases: readonly Phrase[]): string {
	if (text.length <= MOST) return text;
	const first = allPlaces(text, phrases)[0];
	const from = first && first.from > MOST - LEAD ? first.from - LEAD : 0;
	const cut = text.slice(from, from + MOST).replace(/[\uD800-\uDBFF]$|^[\uDC00-\uDFFF]/g, '');
	return `${from > 0 ? '…' : ''}${cut}${from + MOST < text.length ? '…' : ''}`;
}
