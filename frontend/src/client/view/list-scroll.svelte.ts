import { tick } from 'svelte';
import { Hand } from '../../lib/hand';
import { anchor, restore } from './anchor';
import type { ListView } from './list-view.svelte';

// Nearer than this counts as being at the end.
const NEAR = 48;
// So close to the top older messages are loaded, before somebody gets there.
const AHEAD = 800;

/**
 * Where a message list is scrolled to. It follows its end; scrolled up, nothing moves. One for each list that is mounted:
 * another channel has another.
 */
export class ListScroll {
	/** Something lies below what is on the screen. */
	below = $state(false);
	readonly hand = new Hand();
	readonly #view: ListView;
	readonly #askOlder: () => void;
	#list: HTMLElement | undefined;
	#rows: HTMLElement | undefined;
	/** The last place to begin at counts: a page that comes back finds what is unread, and then where its return began. */
	#beginning = '';
	/** It is being scrolled to: nothing else moves the list. */
	#bringing = false;

	/** older: loads older messages, if there are any. */
	constructor(view: ListView, older: () => void) {
		this.#view = view;
		this.#askOlder = older;
	}

	/** Begins, with the element that scrolls and the one in it that has the rows; returns what ends it. */
	start(list: HTMLElement, rows: HTMLElement): () => void {
		this.#list = list;
		this.#rows = rows;
		const watch = new ResizeObserver(() => this.#stay(list));
		watch.observe(list);
		watch.observe(rows);
		this.#stay(list);
		return () => watch.disconnect();
	}

	/** Called before rows change: those that come in above leave everything else where it is. */
	hold(): void {
		const list = this.#list;
		if (!list || !this.#rows || this.#view.following || this.#bringing) return;
		const held = anchor(list, this.#rows);
		void tick().then(() => void (this.#bringing || restore(list, held)));
	}

	/** Called when rows have changed. */
	settle(): void {
		const list = this.#list;
		if (!list?.isConnected) return;
		// Before the frame, not when the list learns its new height: a row that is off the screen when its frame begins is
		// drawn a frame later.
		this.#stay(list);
		this.#older(list);
	}

	/** Scrolls so that the list begins at a row. */
	async beginAt(id: string): Promise<void> {
		await this.#bring(id, 'start');
		// It stays in sight, so this is the end only where nothing is below.
		if (this.#list?.isConnected && this.#beginning === id && atEnd(this.#list, 2)) this.#view.follow(true);
	}

	/** Scrolls to a row and focuses it; it may be in a list that is mounted only now. */
	async reveal(id: string): Promise<void> {
		await this.#bring(id, 'center', true);
		// Another channel has another list: this one may be unmounted by now.
		const shown = document.getElementById(id)?.closest<HTMLElement>('#messages');
		if (this.#beginning === id && shown && atEnd(shown)) this.#view.follow(true);
	}

	/** Scrolls to a row, for some frames: rows turn out higher or lower than thought once they are drawn. */
	async #bring(id: string, block: 'start' | 'center', focus = false): Promise<void> {
		this.#beginning = id;
		this.#bringing = true;
		this.#view.follow(false);
		await tick();
		for (let frame = 0; frame < 4; frame++) {
			if (frame > 0) await new Promise(requestAnimationFrame);
			if (this.#beginning !== id) return; // something else was asked for meanwhile
			const row = document.getElementById(id);
			row?.scrollIntoView({ block });
			if (focus) row?.focus({ preventScroll: true });
		}
		this.#bringing = false;
	}

	/** Scrolls to the end, and follows it from there. */
	jump(): void {
		const list = this.#list;
		if (!list) return;
		this.#view.follow(true);
		list.focus({ preventScroll: true });
		this.hand.end();
		this.#stay(list);
	}

	// Rows that turn out higher or lower than thought move the list too: only a hand that moves up leaves the end.
	readonly scrolled = (): void => {
		const list = this.#list;
		if (!list?.isConnected) return; // it is told a frame later: the list may have gone by then
		const up = this.hand.scrolled(list.scrollTop);
		this.#older(list);
		this.below = !atEnd(list);
		if (this.#bringing) return;
		if (!this.below) this.#view.follow(true);
		else if (up) this.#view.follow(false);
		else if (this.hand.ebbs) this.#stay(list);
	};

	#stay(list: HTMLElement): void {
		const { scrollTop } = list;
		if (this.#view.following && this.hand.holds) this.hand.later(() => this.settle());
		else if (this.#view.following) list.scrollTop = list.scrollHeight;
		if (list.scrollTop !== scrollTop) this.#view.moved();
		this.below = !atEnd(list);
	}

	#older(list: HTMLElement): void {
		if (list.scrollTop < AHEAD) this.#askOlder();
	}
}

function atEnd(list: HTMLElement, near = NEAR): boolean {
	return list.scrollHeight - list.scrollTop - list.clientHeight < near;
}
