/**
 * Binary search: the first index, from `from` on, that is not below what is looked for; `length` where all are. The
 * list is sorted: below(index) is true up to some index, and false from there on.
 */
export function lowerBound(length: number, below: (index: number) => boolean, from = 0): number {
	let low = from;
	let high = length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (below(middle)) low = middle + 1;
		else high = middle;
	}
	return low;
}
