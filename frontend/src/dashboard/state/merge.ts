import { lowerBound } from '../../lib/sorted';

/** Merges few into many, both in order. */
export function merge<T>(many: T[], few: readonly T[], compare: (a: T, b: T) => number): T[] {
	if (few.length === 0) return many;
	const out: T[] = [];
	let at = 0;
	for (const one of few) {
		const to = lowerBound(many.length, (i) => compare(many[i]!, one) < 0, at);
		while (at < to) out.push(many[at++]!);
		out.push(one);
	}
	while (at < many.length) out.push(many[at++]!);
	return out;
}
