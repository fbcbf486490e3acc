/**
 * Folds what people write into the form in which a search compares it, as wsserver/msglog/fold.go does: without case,
 * accents, vowel points and what cannot be seen, and in one width.
 */

/** Classes of a folded character: what ends a word, a part of one, or a word by itself of two kinds. */
export type Class = 'blank' | 'letter' | 'lone' | 'sign';

/** Stands between the parts of a Persian word. */
export const NON_JOINER = '\u200c';
const TAG_MARK = '\ue000';
const KEYCAP = '\u20e3';

/** One written character with its marks; half-width Japanese and Korean with what it is joined with. */
export const CLUSTER = /[\uff61-\uff9d][\uff9e\uff9f]?|[\uffa1-\uffdc]+|\P{M}\p{M}*|\p{M}+/gu;

const UNSPACED =
	/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Bopomofo}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tai_Le}\p{sc=New_Tai_Lue}\p{sc=Tai_Tham}\p{sc=Tai_Viet}\p{sc=Javanese}\p{sc=Balinese}\p{sc=Yi}\p{sc=Tangut}\p{sc=Nushu}ー]/u;
const ACCENT = new RegExp(
	'[\\u0300-\\u036f\\u0483-\\u0489\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u064b-\\u065f' +
		'\\u0670\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7\\u06e8\\u06ea-\\u06ed\\u0711\\u0730-\\u074a\\u08d3-\\u08e1\\u08e3-\\u08ff' +
		'\\u180b-\\u180d\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20df\\u20e1\\u20e2\\u20e4-\\u20f0\\ufb1e\\ufe00-\\ufe0f' +
		'\\ufe20-\\ufe2f\\u{e0100}-\\u{e01ef}]',
	'u',
);
const INVISIBLE = /\p{Cf}/u;
const BLANK = /[\p{Z}\p{Cc}]/u;
const NUMBER = /\p{N}/u;
const WORD = /[\p{L}\p{N}\p{M}]/u;
const DIGIT = /\p{Nd}/u;
const TAKEN_APART = /[\u3200-\u33ff\uff00-\uffef]/u;
const LETTERS_APART = /[\p{sc=Latin}\p{sc=Greek}\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Common}]/u;
const CYRILLIC = /\p{sc=Cyrillic}/u;
const SIGNS = /^[\p{P}\p{S}]+$/u;

/** Characters that stand for the same, beyond what Unicode says. */
const SAME = new Map<string, string>();
for (const [to, from] of [
	["'", '’‘‛ʼʻʹʽ′´׳ꞌ＇'],
	['"', '“”„‟″״'],
	['-', '‐‑‒–—―−־'],
	['ss', 'ßẞ'],
	['ae', 'æ'],
	['oe', 'œ'],
	['o', 'ø'],
	['d', 'đð'],
	['th', 'þ'],
	['l', 'ł'],
	['h', 'ħ'],
	['t', 'ŧ'],
	['i', 'ı'],
	['j', 'ȷ'],
	['σ', 'ς'],
	['е', 'ёѐ'],
	['и', 'ѝ'],
	['ا', 'ٱ'],
	['ي', 'ىی'],
	['ك', 'کڪ'],
	['ه', 'ةہھەۃ'],
	['כ', 'ך'],
	['מ', 'ם'],
	['נ', 'ן'],
	['פ', 'ף'],
	['צ', 'ץ'],
	['', 'ـ\u115f\u1160\u3164\uffa0'],
] as const)
	for (const one of from) SAME.set(one, to);

type Emit = (char: string, kind: Class) => void;

/** Calls emit for each character of one cluster as it is compared. */
export function fold(cluster: string, emit: Emit): void {
	if (cluster.length === 1 && cluster < '\u0080') return emit(cluster.toLowerCase(), classOf(cluster));
	const half = /^[\uff61-\uffdc]/.test(cluster) && cluster !== '\uffa0';
	for (const char of cluster.normalize(half ? 'NFKC' : 'NFC')) foldOne(char, emit);
}

function foldOne(char: string, emit: Emit): void {
	if (ACCENT.test(char) || (INVISIBLE.test(char) && char !== NON_JOINER)) return;
	if (char === NON_JOINER || char === KEYCAP) return emit(char, 'sign');
	if (char === TAG_MARK || BLANK.test(char)) return emit(' ', 'blank');
	const decomposed = char.normalize('NFKD');
	// Syllables of Korean are compared as they are.
	if (decomposed === char || /[\uac00-\ud7a3]/.test(char)) return finish(char, emit);
	if (!apart(char, decomposed)) return NUMBER.test(char) ? emit(char, 'sign') : finish(char, emit);
	for (const one of LETTERS_APART.test(char) ? decomposed : decomposed.normalize('NFC'))
		if (!ACCENT.test(one)) finish(one, emit);
}

/** Whether a character is compared by those that it is made of; a symbol is not, a unit in one square is. */
function apart(char: string, decomposed: string): boolean {
	if (decomposed.includes('⁄')) return false;
	if (TAKEN_APART.test(char)) return true;
	if (WORD.test(char)) return !CYRILLIC.test(char) && !decomposed.startsWith(' ');
	return char.normalize('NFD') === char && SIGNS.test(decomposed);
}

/** Folds the case, the digits and the variants of a character that stands alone. */
function finish(char: string, emit: Emit): void {
	const lower = char.toLowerCase();
	const same = SAME.get(lower);
	if (same !== undefined) for (const one of same) emit(one, classOf(one));
	else if (DIGIT.test(lower)) emit(digit(lower), 'letter');
	else emit(lower, classOf(lower));
}

function classOf(char: string): Class {
	if (char < '\u0080') return /[0-9a-z]/i.test(char) ? 'letter' : char > ' ' && char < '\u007f' ? 'sign' : 'blank';
	if (BLANK.test(char)) return 'blank';
	if (UNSPACED.test(char)) return 'lone';
	return WORD.test(char) ? 'letter' : 'sign';
}

/** The value of a decimal digit of any script: Unicode has them in tens. */
function digit(char: string): string {
	const point = char.codePointAt(0)!;
	let zero = point;
	while (DIGIT.test(String.fromCodePoint(zero - 1))) zero--;
	return String((point - zero) % 10);
}
