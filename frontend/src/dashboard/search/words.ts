/** Splits what people write into the words that a search compares, as wsserver/msglog/words.go does. */

import { CLUSTER, fold, NON_JOINER, type Class } from './fold';

/** One word as it is compared, and where it stands in the text. */
export interface Word {
	text: string;
	kind: Class;
	from: number;
	to: number;
}

/** A word that is also written in parts ("e-mail", "1,000"), as one: the words first to before end. */
interface Joint {
	text: string;
	first: number;
	end: number;
}

const ARTICLE = /^(?:وال|بال|كال|فال|ال|لل)(?=.{3})/u;
const ARABIC = /\p{sc=Arabic}/u;
const SKIN_TONE = /[\u{1f3fb}-\u{1f3ff}]/u;
const FLAG = /[\u{1f1e6}-\u{1f1ff}]/u;
const DIGITS = /^[0-9]+$/;

/** The words of a text, what is joined in it, and the further words under which it is found. */
export class Words {
	readonly list: Word[] = [];
	readonly joints: Joint[] = [];
	readonly others: Word[] = [];
	#current: Word | undefined;
	/** The last word is half a flag. */
	#flag = false;
	/** Nothing stands between the last word and what comes. */
	#close = false;
	/** The first word of a joint that is being read, and the character that joins it with what comes. */
	#first = -1;
	#joining = '';

	constructor(text: string) {
		for (const { 0: cluster, index } of text.matchAll(CLUSTER))
			fold(cluster, (char, kind) => this.#add(char, kind, index, index + cluster.length));
		this.#add(' ', 'blank', text.length, text.length);
	}

	#add(char: string, kind: Class, from: number, to: number): void {
		const current = this.#current;
		if (kind === 'letter') {
			if (current) [current.text, current.to] = [current.text + char, to];
			else this.#current = { text: char, kind, from, to };
			return;
		}
		const persian = current !== undefined && ARABIC.test(current.text);
		if (char === NON_JOINER && !persian) return;
		if (current) this.#endWord(current, persian);
		if (char === NON_JOINER) this.#join(char, true);
		else if (kind === 'sign') this.#addSign(char, from, to);
		else {
			this.#endJoint();
			if (kind === 'lone') this.list.push({ text: char, kind, from, to });
			this.#flag = false;
		}
		this.#close = kind !== 'blank';
	}

	#endWord(word: Word, arabic: boolean): void {
		this.#current = undefined;
		if (this.#joining && !joins(this.list[this.#first]!.text, this.#joining, word.text)) this.#endJoint();
		this.list.push(word);
		if (this.#first < 0) this.#first = this.list.length - 1;
		this.#joining = '';
		this.#flag = false;
		this.#close = true;
		if (arabic && ARTICLE.test(word.text)) this.others.push({ ...word, text: word.text.replace(ARTICLE, '') });
	}

	#addSign(char: string, from: number, to: number): void {
		const last = this.list.at(-1);
		if (last?.kind === 'sign' && this.#close) {
			if (SKIN_TONE.test(char)) {
				last.to = to;
				return;
			}
			if (this.#flag && FLAG.test(char)) {
				last.text += char;
				last.to = to;
				this.#flag = false;
				return;
			}
		}
		this.#join(char, this.#close && "'-.,".includes(char));
		this.list.push({ text: char, kind: 'sign', from, to });
		this.#flag = FLAG.test(char);
	}

	#join(char: string, may: boolean): void {
		if (may && this.#first >= 0 && !this.#joining) this.#joining = char;
		else this.#endJoint();
	}

	#endJoint(): void {
		const first = this.#first;
		if (first < 0) return;
		const end = this.list.length - (this.#joining && this.#joining !== NON_JOINER ? 1 : 0);
		this.#first = -1;
		this.#joining = '';
		const parts = this.list.slice(first, end).filter(({ kind }) => kind === 'letter');
		if (parts.length < 2) return;
		const text = parts.map((part) => part.text).join('');
		this.joints.push({ text, first, end });
		this.others.push({ text, kind: 'letter', from: this.list[first]!.from, to: this.list[end - 1]!.to });
	}
}

/** Whether a character joins two words into one. Points and commas join the digits of one number. */
function joins(first: string, joining: string, next: string): boolean {
	const number = DIGITS.test(next);
	if (joining === '.' || joining === ',' || (joining === "'" && number))
		return DIGITS.test(first) && first.length <= 3 && number && next.length === 3;
	return !number || !DIGITS.test(first);
}
