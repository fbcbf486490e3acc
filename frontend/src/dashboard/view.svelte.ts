import { tick } from 'svelte';
import { asError } from './operator/calls';
import { OperatorError } from './operator/operator';
import type { Message, Topic } from '../lib/protocol';

export type Part = 'feed' | 'people' | 'now';

export type Page = 'room' | 'announcements' | 'search' | 'settings';

/** The field in which one looks for something on a page; in the settings there is none. */
export const FIND: Record<Page, string> = {
	room: 'filter-feed',
	announcements: 'find-recipient',
	search: 'search-log',
	settings: 'set-room',
};

type Plain = 'palette' | 'keys' | 'join' | 'quit' | 'name' | 'topic' | 'password' | 'cards';

/** A confirmation before something that cannot be undone. */
export interface Confirmation {
	title: string;
	text: string;
	/** The button that does it. */
	act: string;
	/** Placeholder of a field for the reason that the person will read; without it there is no such field. */
	reason?: string;
	/** A switch beside it, and how it stands at first; without it there is none. */
	option?: { label: string; on: boolean };
	go: (reason: string, option: boolean) => Promise<unknown>;
}

/** The open dialog, and its subject. */
export type Open =
	| { what: Plain }
	| { what: 'withdraw'; message: Message }
	| { what: 'rename'; topic: Topic }
	| { what: 'topic-qr'; topic: string }
	| { what: 'add-people'; topic: string }
	| { what: 'person-topics'; userID: string }
	| { what: 'confirm'; confirmation: Confirmation };

/** State of the view: the page, the part in a narrow window, the tab, the dialog. */
export class DashboardView {
	page = $state<Page>('room');
	/** Below 1100 px the part that is shown, or stands beside the feed. */
	part = $state<Part>(matchMedia('(min-width: 760px)').matches ? 'people' : 'feed');
	side = $state<'people' | 'topics'>('people');
	/** The topic whose details are open in the list of topics. */
	topic = $state('');
	/** The id of the question of the guide that another place opened; "": none. */
	help = $state('');
	/** Whose conversation stands in the place of people and topics; "": nobody's. */
	talking = $state('');
	open = $state.raw<Open>();
	/** Settles the question for the key or the password, which stands over whatever dialog is open. */
	proving = $state.raw<(proved: boolean) => void>();

	show(what: Plain): void {
		this.open = { what };
	}

	close = (): void => {
		this.open = undefined;
	};

	/** What closes the dialog that is open now, and answers whether it still was: never one that was opened after it. */
	closer(): () => boolean {
		const mine = this.open;
		return () => {
			if (this.open !== mine) return false;
			this.close();
			return true;
		};
	}

	/** Does what the open dialog is for, and closes it after a success. */
	async finish(act: () => Promise<unknown>): Promise<void> {
		const close = this.closer();
		await act();
		close();
	}

	/** Calls a verb; where the key or the password is to be shown again for it, asks for that and calls it once more. */
	async proved<T>(call: () => Promise<T>): Promise<T> {
		try {
			return await call();
		} catch (cause) {
			if (asError(cause).code !== 'key_needed') throw cause;
		}
		const proved = await new Promise<boolean>((settle) => (this.proving = settle));
		this.proving = undefined;
		if (!proved) throw new OperatorError('cancelled', 'Nothing was changed.');
		return call();
	}

	/** Shows a part and focuses a field in it. */
	async go(part: Part, field: string, side?: 'people' | 'topics'): Promise<void> {
		this.open = undefined;
		this.page = 'room';
		if (side) {
			this.side = side;
			this.talking = '';
		}
		if (part === 'feed' && !matchMedia('(max-width: 759px)').matches) part = this.part;
		this.part = part;
		await tick();
		const found = document.getElementById(field);
		found?.focus();
		if (found instanceof HTMLInputElement) found.select();
	}

	/** Focuses the field in which one looks for something on this page. */
	async find(): Promise<void> {
		if (this.page === 'room') return this.go('feed', FIND.room);
		document.getElementById(FIND[this.page])?.focus();
	}

	/** Opens the conversation with a person beside the feed, ready to write. */
	talk(userID: string): Promise<void> {
		this.talking = userID;
		return this.go('people', 'answer');
	}

	/** Goes to a page and focuses a field in it. */
	async turn(page: Page, field = ''): Promise<void> {
		this.open = undefined;
		this.page = page;
		await tick();
		document.getElementById(field)?.focus();
	}
}
