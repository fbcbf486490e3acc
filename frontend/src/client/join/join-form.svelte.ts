import type { Access, ErrorFrame } from '../../lib/protocol';
import { Store } from '../../lib/storage';
import { cleanName } from '../connection/identity.svelte';

const KEY = 'code';
// A wait shorter than this is over before anybody has typed again.
const WORTH_WAITING = 1_000;

/** What a person enters to come in, and what the server said to it. */
export class JoinForm {
	/** What is wrong with the name, as a sentence. */
	nameError = $state('');
	/** The code as it is typed. */
	code = $state('');
	/** What is wrong with the code, as a sentence. */
	error = $state('');
	/** Before then the server looks at no further code. */
	blockedUntil = $state.raw<number>();
	/** A name like the one asked for, which nobody has. */
	freeName = $state('');
	/** Since when the operator has been asked. */
	since = $state.raw<number>();
	/** The server asked for a code, whatever the room said of itself before. */
	codeRequired = $state(false);
	/** The code that the link or the QR brought: nobody has to type it. */
	linkCode = $state('');
	/** Of this tab alone: a page that is loaded again has no code in its address any more. */
	readonly #store: Store;
	#sendCode = false;

	constructor(store = new Store('belfry.', () => sessionStorage)) {
		this.#store = store;
		const kept = store.get(KEY);
		if (typeof kept === 'string') this.linkCode = kept;
	}

	/** The name as it is sent; undefined, with the refusal beside the field, where it is empty. An empty refusal lets it pass. */
	checkName(name: string, refusal: string): string | undefined {
		const clean = cleanName(name);
		this.nameError = clean === '' ? refusal : '';
		return this.nameError === '' ? clean : undefined;
	}

	/** Takes the code that stood in the address. */
	takeLinkCode(code: string): void {
		if (code === '') return;
		this.linkCode = code;
		this.#store.set(KEY, code);
	}

	/** Whether there is a field for the code, where the room says that people come in so. */
	asksCode(access: Access | undefined): boolean {
		return this.linkCode === '' && (this.codeRequired || access === 'code' || access === 'list');
	}

	/** Somebody pressed "Come in": the code is looked at anew. */
	begin(): void {
		this.error = '';
		this.freeName = '';
		this.#sendCode = true;
	}

	/** What hello says of it. A typed code is said once: one that was wrong must not be said again by itself. */
	hello(): { code?: string } {
		const code = this.linkCode || (this.#sendCode ? this.code.trim() : '');
		return code === '' ? {} : { code };
	}

	/** How long to wait before the code is looked at, in milliseconds. */
	get wait(): number {
		return Math.max(0, (this.blockedUntil ?? 0) - Date.now());
	}

	/** The server wants a code, or another one. */
	refused({ code, message, retry_ms = 0 }: ErrorFrame): void {
		const link = this.linkCode !== '';
		// Asked again after a connection broke: what was said to the person still holds.
		if (code === 'code_wrong' || this.error === '')
			this.error = link ? 'The code in the link no longer counts. Scan the QR code again, or type the code.' : message;
		this.blockedUntil = retry_ms > WORTH_WAITING ? Date.now() + retry_ms : undefined;
		this.codeRequired = true;
		this.#sendCode = false;
		this.#drop();
	}

	/** In: nothing is asked any more, and the token is what brings this person back. */
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
