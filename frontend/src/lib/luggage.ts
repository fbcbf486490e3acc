/**
 * What a page takes along to another machine of the room beside the identity (lib/handoff): its storage stays with the
 * address that it leaves.
 */
export interface Luggage {
	topics: readonly string[];
	/** The page's log without its messages, as it is stored; undefined: it had none. */
	kept?: object;
	/** Buttons that were pressed, which the server has not confirmed: each as its log's epoch and its seq. */
	acks: readonly string[];
	/** What was chosen on this device, as it is stored: what rings at one machine must not be silent at another. */
	preferences?: object;
	/** The draft, as it is stored. */
	draft?: object;
	/** Messages that were not accepted yet, in their order. */
	out: readonly { id: string }[];
	/** How many of them were too long to come along, and the address where they are. */
	left: number;
	from: string;
}

/** Browsers go to addresses of this length. */
const MOST_LETTERS = 60_000;

/** Luggage as text that fits into an address; what does not fit is left behind, the draft before messages. */
export function packed(all: Omit<Luggage, 'left'>): string {
	const out: { id: string }[] = [];
	const text = (draft: object | undefined) => JSON.stringify({ ...all, draft, out, left: all.out.length - out.length });
	const fits = (draft?: object) => encodeURIComponent(text(draft)).length <= MOST_LETTERS;
	for (const item of all.out) {
		out.push(item);
		if (fits()) continue;
		out.pop();
		break; // those behind it must not overtake it
	}
	return text(fits(all.draft) ? all.draft : undefined);
}

/** Luggage in the field of a fragment; undefined where there is none. */
export function unpacked(text: string | null): Luggage | undefined {
	try {
		const { topics, kept, acks, preferences, draft, out, left, from } = JSON.parse(text ?? '') as Record<
			string,
			unknown
		>;
		if (!Array.isArray(topics) || !Array.isArray(acks) || !Array.isArray(out)) return undefined;
		return {
			topics: topics.filter((topic) => typeof topic === 'string'),
			acks: acks.filter((ack) => typeof ack === 'string'),
			out: out.filter(
				(item: unknown): item is { id: string } => typeof (item as { id?: unknown } | null)?.id === 'string',
			),
			...(isObject(kept) && { kept }),
			...(isObject(preferences) && { preferences }),
			...(isObject(draft) && { draft }),
			left: typeof left === 'number' ? left : 0,
			from: typeof from === 'string' ? from : '',
		};
	} catch {
		return undefined;
	}
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
