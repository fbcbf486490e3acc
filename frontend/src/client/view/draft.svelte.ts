import { isBlank } from '../../lib/blank';
import { PerTab } from '../../lib/per-tab';
import type { Store } from '../../lib/storage';
import type { Item } from '../log/messages.svelte';

/** The message being answered, as it is quoted above the field. */
export interface Answering {
	seq: number;
	name: string;
	text: string;
	/** Audience of this one reply: a topic, or '' for the operator alone. */
	to: string;
}

/** A draft with two possible audiences: the person says which. */
export interface Question {
	/** The audience for which it was begun. */
	from: string;
	to: string;
}

/** Where it is stored. */
export const DRAFT = 'draft';

/**
 * The draft in the composer. It survives a reload, and each tab has its own. The rules are:
 * a reply's audience is for that one message; afterwards it is what was chosen by hand;
 * a text never gets another audience than the one it was begun for without the person saying so.
 */
export class DraftState {
	readonly #kept: PerTab;
	text = $state('');
	/** Audience that was chosen by hand or with the place: a topic, or '' for the operator alone. */
	to = $state('');
	answering = $state.raw<Answering>();
	/** Set while it is open who should see the draft. Nothing is sent meanwhile. */
	question = $state.raw<Question>();

	/** The audience of a draft that was brought back is for that draft: the page begins where all channels are shown. */
	#back = false;

	constructor(store: Store) {
		this.#kept = new PerTab(store, DRAFT);
		this.#read(this.#kept.take());
	}

	/** Begins; the returned function ends it. What another tab had that is gone comes back where nothing is written. */
	start(): () => void {
		return this.#kept.start(
			() => undefined,
			(value) => this.text === '' && this.#read(value),
		);
	}

	/** Takes a stored draft; its shape is whatever another version wrote. Returns whether it is one. */
	#read(value: unknown): boolean {
		const stored = (value ?? {}) as Record<string, unknown>;
		if (typeof stored.text !== 'string') return false;
		this.text = stored.text;
		if (typeof stored.to === 'string') this.to = stored.to;
		if (isAnswering(stored.answering)) this.answering = stored.answering;
		if (isQuestion(stored.question)) this.question = stored.question;
		// The page begins at no place that a draft was taken to: only a reply is asked about again.
		if (!this.answering) this.leaveQuestion();
		this.#back = true;
		return true;
	}

	/** Audience of what is sent next. */
	get audience(): string {
		return this.answering?.to ?? this.to;
	}

	/** The topics that the draft, and what follows it, may go to. */
	get topics(): string[] {
		const { to, answering, question } = this;
		return [to, answering?.to, question?.from, question?.to].filter((topic) => !!topic) as string[];
	}

	save(): void {
		const kept = this.keep();
		if (kept) this.#kept.set(kept);
		else this.#kept.remove();
	}

	/** The draft as it is stored; undefined: nothing is written. */
	keep(): object | undefined {
		const { text, to, answering, question } = this;
		return text === '' ? undefined : { text, to, answering, question };
	}

	/** Chooses the audience: of the reply while there is one. */
	aim(to: string): void {
		if (this.answering) this.answering = { ...this.answering, to };
		else {
			this.to = to;
			this.#back = false;
		}
		this.question = undefined;
		this.save();
	}

	/** Takes the audience of a place. A draft for another audience asks first. */
	move(to: string): void {
		if (isBlank(this.text)) {
			this.answering = undefined;
			this.aim(to);
		} else {
			this.question = this.#from === to ? undefined : { from: this.#from, to };
			this.save();
		}
	}

	/** Begins a reply to a message. What was written before may go to no others without being asked about. */
	answer({ message }: Item, name: string, to: string): void {
		const from = this.#from;
		this.answering = { seq: message.seq, name, text: message.title || message.message, to };
		this.#widen(from, to);
	}

	/** Quotes nothing any more. The text may not go to others than the reply would have. */
	stopAnswering(): void {
		const from = this.#from;
		this.answering = undefined;
		this.#widen(from, this.to);
	}

	/** The question is answered: the text goes to these people. But for a reply, so does what follows. */
	settle(to: string): void {
		if (this.answering?.to !== to) this.answering = undefined;
		this.aim(to);
	}

	/** The question is not answered: the text is for whom it was begun. */
	leaveQuestion(): void {
		if (this.question) this.settle(this.question.from);
	}

	/** A topic is closed to this person: what is for it is for the operator alone, also when it is open again. */
	close(topic: string): void {
		const { question } = this;
		if (question?.to === topic) this.leaveQuestion();
		if (this.audience === topic || question?.from === topic) this.settle('');
		if (this.to === topic) this.to = '';
		this.save();
	}

	/** Asks before a text that was begun for some goes to others; the operator alone may always see it. */
	#widen(from: string, to: string): void {
		this.question = isBlank(this.text) || to === '' || to === from ? undefined : { from, to };
		this.save();
	}

	/** The audience for which the text was begun. */
	get #from(): string {
		return this.question?.from ?? this.audience;
	}

	/** Sent: the field is empty again, and its audience is what it was before a reply. */
	clear(): void {
		this.text = '';
		if (this.#back) this.to = '';
		this.#back = false;
		this.answering = undefined;
		this.question = undefined;
		this.save();
	}
}

function isQuestion(value: unknown): value is Question {
	const { from, to } = (value ?? {}) as Partial<Question>;
	return typeof from === 'string' && typeof to === 'string';
}

function isAnswering(value: unknown): value is Answering {
	const { seq, name, text, to } = (value ?? {}) as Partial<Answering>;
	return typeof seq === 'number' && [name, text, to].every((word) => typeof word === 'string');
}
