import type { Welcome } from '../../lib/protocol';
import type { Link } from './socket';

// So many tries in a row that fail, and the machine counts as gone.
const GONE_AFTER = 3;
// Who is sent away together does not arrive together.
const SPREAD = 1_000;
const ANSWER = 3_000;

/**
 * Finds another machine of the room when this one does not answer, or sends people away. The rules are:
 * only machines that this page's own machine has named are asked, and gone to;
 * only those with the same scheme: what proves who somebody is never goes from https to http;
 * a page that is connected again stays where it is.
 */
export class Moving {
	/** None of the others can be reached: this machine is asked to let the page in, if only to read. */
	stay = false;
	/** Called with the address of a machine at which people can go on. */
	onfound: (url: string) => void = () => {};
	#nodes: readonly string[] = [];
	#epoch = '';
	#failed = 0;
	/** The search under way; an answer to an earlier one counts no more. */
	#search = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		private readonly canGoOn: (url: string) => Promise<boolean> = showsPicture,
		private readonly random: () => number = Math.random,
	) {}

	/** The page is in: its machine names the others. */
	welcomed({ nodes = [], epoch }: Welcome): void {
		this.stay = false;
		this.#failed = 0;
		this.#nodes = nodes;
		this.#epoch = epoch;
	}

	/** The machines have changed. */
	changed(nodes: readonly string[]): void {
		this.#nodes = nodes;
	}

	linked(link: Link): void {
		if (link.at === 'open' || link.at === 'closed') return this.#cancel();
		if (link.at !== 'waiting') return;
		const { cause, refused } = link;
		if (refused?.code === 'cut_off') {
			this.#nodes = refused.nodes ?? [];
			this.#epoch = refused.epoch ?? '';
			return this.#look(0, true);
		}
		if (refused) return;
		if (cause === 'restarting') return this.#look(this.random() * SPREAD);
		this.#failed++;
		if (this.#failed >= GONE_AFTER) this.#look(0);
	}

	#cancel(): void {
		this.#search++;
		clearTimeout(this.#timer);
	}

	#look(after: number, cutOff = false): void {
		this.#cancel();
		const search = this.#search;
		this.#timer = setTimeout(() => void this.#find(search, cutOff), after);
	}

	async #find(search: number, cutOff: boolean): Promise<void> {
		const others = this.#nodes.filter(isOther);
		const asked = others.map(async (node) => {
			if (!(await this.canGoOn(`${node}ws/here?${new URLSearchParams({ epoch: this.#epoch })}`))) throw new Error(node);
			return node;
		});
		// Not the first to answer: that would be the same one for everybody.
		const answers = await Promise.allSettled(asked);
		if (search !== this.#search) return;
		const there = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
		const found = there[Math.floor(this.random() * there.length)];
		// A page that could reach nobody just now may have been without a network.
		if (found === undefined) this.stay = cutOff;
		else this.onfound(found);
	}
}

/** Whether an address is that of another machine, to which this page may go. */
function isOther(node: string): boolean {
	try {
		const { protocol, origin, href } = new URL(node);
		return protocol === location.protocol && origin !== location.origin && href === `${origin}/` && href === node;
	} catch {
		return false;
	}
}

/** Whether a picture can be shown: the pages' policy allows no other question to another machine. */
function showsPicture(url: string): Promise<boolean> {
	return new Promise((answer) => {
		const image = new Image();
		const timer = setTimeout(() => answer(false), ANSWER);
		const say = (there: boolean) => () => {
			clearTimeout(timer);
			answer(there);
		};
		image.onload = say(true);
		image.onerror = say(false);
		image.src = url;
	});
}
