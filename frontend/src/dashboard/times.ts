import { clock } from '../lib/format';

/** The time of day to the second: "10:42:31". */
export function seconds(iso: string): string {
	const date = new Date(iso);
	return Number.isNaN(date.getTime()) ? '' : `${clock(iso)}:${String(date.getSeconds()).padStart(2, '0')}`;
}

/** How long ago in words that follow "last heard": "3 s ago", "4 min ago". */
export function ago(iso: string, now: number): string {
	const age = Math.max(0, now - new Date(iso).getTime());
	if (Number.isNaN(age)) return '';
	if (age < 60_000) return `${Math.floor(age / 1000)} s ago`;
	if (age < 3_600_000) return `${Math.floor(age / 60_000)} min ago`;
	return `${Math.floor(age / 3_600_000)} h ago`;
}
