import type { Access, ErrorFrame } from '../../lib/protocol';
import { Store } from '../../lib/storage';
import { cleanName } from '../connection/identity.svelte';

const KEY = 'code';
// Shorter delays are not shown: they are over before anybody has typed again.
const WORTH_WAITING = 1_000;

/** What a person enters to join, and what the server said to it. */
export class JoinForm {
	/** What is wrong with the name, as a sentence. */
	nameError = $state('');
	/** The code as it is typed. */
	code = $state('');
	/** What is wrong with the code, as a sentence. */
	error = $state('');
	/** The server accepts no further code before then. */
	blockedUntil = $state.raw<number>();
	/** A free name like the taken one, offered by the server. */
	freeName = $state('');
	/** In the lobby since then. */
	since = $state.raw<number>();
	/** The server requires a code, whatever the access mode said before. */
	codeRequired = $state(false);
	/** The code of the link or QR code: nobody has to type it. */
	linkCode = $state('');
	/** sessionStorage: a reloaded page has no code in its address any more. */
	readonly #store: Store;
	#sendCode = false;

	constructor(store = new Store(undefined, () => sessionStorage)) {
		this.#store = store;
		const stored = store.get(KEY);
		if (typeof stored === 'string') this.linkCode = stored;
	}

	/** The name as it is sent. Where it is empty: undefined, with the refusal beside the field, unless that is empty too. */
	checkName(name: string, refusal: string): string | undefined {
		const clean = cleanName(name);
		this.nameError = clean === '' ? refusal : '';
		return this.nameError === '' ? clean : undefined;
	}

	/** Stores the code of the address. */
	takeLinkCode(code: string): void {
		if (code === '') return;
		this.linkCode = code;
		this.#store.set(KEY, code);
	}

	/** Whether the form has a field for the code, given the room's access mode. */
	asksCode(access: Access | undefined): boolean {
		return this.linkCode === '' && (this.codeRequired || access === 'code' || access === 'list');
	}

	/** The form was submitted: the code may be sent again. */
	begin(): void {
		this.error = '';
		this.freeName = '';
		this.#sendCode = true;
	}

	/** The code for hello. A typed one is sent once per submit: a wrong code must not be repeated on reconnect. */
	hello(): { code?: string } {
		const code = this.linkCode || (this.#sendCode ? this.code.trim() : '');
		return code === '' ? {} : { code };
	}

	/** Milliseconds until the server accepts a code again. */
	get wait(): number {
		return Math.max(0, (this.blockedUntil ?? 0) - Date.now());
	}

	/** code_needed or code_wrong. */
	refused({ code, message, retry_ms = 0 }: ErrorFrame): void {
		const link = this.linkCode !== '';
		// After a reconnect the error that the person has read stays.
		if (code === 'code_wrong' || this.error === '')
			this.error = link
				? 'The code in the link is no longer valid. Scan the QR code again, or type the code.'
				: message;
		this.blockedUntil = retry_ms > WORTH_WAITING ? Date.now() + retry_ms : undefined;
		this.codeRequired = true;
		this.#sendCode = false;
		this.#drop();
	}

	/** Joined: clears the form; from now on the token is enough. */
	done(): void {
		this.code = this.error = this.freeName = '';
		this.blockedUntil = this.since = undefined;
		this.codeRequired = this.#sendCode = false;
		this.#drop();
	}

	#drop(): void {
		this.linkCode = '';
		this.#store.remove(KEY);
	}
}
