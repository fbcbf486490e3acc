/** How many rows fit below a head; all heights in pixels. 0 while a height is not known. */
export function fitting(space: number, head: number, row: number): number {
	if (head <= 0 || row <= 0) return 0;
	return Math.max(0, Math.floor((space - head) / row));
}
