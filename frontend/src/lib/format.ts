/**
 * Times and numbers as people read them, in their own language. The rules are:
 * nothing else calls Intl (a WebKit view under LANG=C calls its language "C", and Intl then throws), and no
 * function here throws, whatever it is given: what is no time gives "".
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let known: string | undefined;

/** The reader's language as Intl takes it; English where the browser names none that it knows itself. */
export function locale(): string {
	known ??= firstValid(typeof navigator === 'undefined' ? [] : [navigator.language, ...(navigator.languages ?? [])]);
	return known;
}

/** Forgets what locale() found, for tests that change the browser's language. */
export function resetLocale(): void {
	known = undefined;
	numbers = undefined;
	formats.clear();
}

function firstValid(candidates: (string | undefined)[]): string {
	for (const candidate of candidates) {
		if (!candidate) continue;
		try {
			if (Intl.DateTimeFormat.supportedLocalesOf(candidate).length > 0) return candidate;
		} catch {
			// "C" and "POSIX" are no language tags: try the next one.
		}
	}
	return 'en';
}

// Making a formatter costs far more than using it, and a list of messages uses it for each row.
const formats = new Map<string, Intl.DateTimeFormat>();
let numbers: Intl.NumberFormat | undefined;

function write(iso: string, options: Intl.DateTimeFormatOptions): string {
	const date = new Date(iso);
	if (Number.isNaN(date.getTime())) return '';
	const key = JSON.stringify(options);
	let format = formats.get(key);
	if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locale(), options)));
	return format.format(date);
}

/** The time of day: "10:36". Always 24 hours, so that a column of times stays straight. */
export function clock(iso: string): string {
	return write(iso, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** The time of day to the second: "10:36:41". */
export function clockExact(iso: string): string {
	return write(iso, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

/** The full date and time, to the second. */
export function exact(iso: string): string {
	return write(iso, { dateStyle: 'full', timeStyle: 'medium' });
}

/** The day as a heading: "Sunday 22 November". */
export function day(iso: string): string {
	return write(iso, { weekday: 'long', day: 'numeric', month: 'long' });
}

/** How long ago, in one short word: "now", "5 min", "4 h", "3 d". What lies ahead (clocks differ) is "now". */
export function relative(iso: string, now: number): string {
	const age = now - new Date(iso).getTime();
	if (Number.isNaN(age)) return '';
	if (age < MINUTE) return 'now';
	if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
	if (age < DAY) return `${Math.floor(age / HOUR)} h`;
	return `${Math.floor(age / DAY)} d`;
}

/** A length of time in its two largest units: "40 s", "12 min", "4 h 38 min", "3 d 4 h". */
export function duration(ms: number): string {
	if (!Number.isFinite(ms)) return '';
	const left = Math.max(0, ms);
	if (left < MINUTE) return `${Math.floor(left / SECOND)} s`;
	if (left < HOUR) return `${Math.floor(left / MINUTE)} min`;
	if (left < DAY) return pair(left, HOUR, 'h', MINUTE, 'min');
	return pair(left, DAY, 'd', HOUR, 'h');
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
	const rest = Math.floor((ms % large) / small);
	const first = `${Math.floor(ms / large)} ${largeName}`;
	return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

/** A number with the reader's own separators: "12,480". */
export function number(n: number): string {
	numbers ??= new Intl.NumberFormat(locale());
	return numbers.format(n);
}
