import { clock, day, dayHeading } from '../../lib/format';

/** How long ago in words that follow "last heard": "3 s ago", "4 min ago". */
export function ago(iso: string, now: number): string {
	const age = Math.max(0, now - new Date(iso).getTime());
	if (Number.isNaN(age)) return '';
	if (age < 60_000) return `${Math.floor(age / 1000)} s ago`;
	if (age < 3_600_000) return `${Math.floor(age / 60_000)} min ago`;
	return `${Math.floor(age / 3_600_000)} h ago`;
}

/** A moment in the past in a few words: "10:36" today, else "Sunday, 22 November, 10:36". */
export function sinceWhen(iso: string, now: number): string {
	return isSameDay(iso, now) ? clock(iso) : [day(iso), clock(iso)].filter(Boolean).join(', ');
}

/** Whether a moment lies on the same day of the reader's own clock. */
export function isSameDay(iso: string, now: number): boolean {
	return new Date(iso).toDateString() === new Date(now).toDateString();
}

/** The entries of one day. */
export interface Day<T> {
	name: string;
	list: T[];
}

/** A list in order of time as days with headings. */
export function byDay<T extends { time: string }>(list: readonly T[], now: number): Day<T>[] {
	const days: Day<T>[] = [];
	for (const one of list) {
		const name = dayHeading(one.time, now);
		if (days.at(-1)?.name === name) days.at(-1)!.list.push(one);
		else days.push({ name, list: [one] });
	}
	return days;
}

/** A size in bytes as people read it: "640 B", "214 kB", "3.2 MB". */
export function size(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
	return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A day as a date field takes it: "2026-11-22", by the reader's own clock. */
export function dateOf(time: number): string {
	const date = new Date(time);
	const two = (n: number) => String(n).padStart(2, '0');
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
