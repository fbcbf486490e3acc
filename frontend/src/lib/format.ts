/**
 * Times and numbers as people read them. Both pages speak English, so every word and digit here is English; what follows
 * the reader is the hour cycle and the order of a date, both taken from the browser's language. The rules are:
 * nothing else calls Intl (a WebKit view under LANG=C calls its language "C", and Intl then throws), and no
 * function here throws, whatever it is given: what is no time gives "".
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The language of both pages. */
const LANGUAGE = 'en';

/** A moment: as the log writes it, or in milliseconds. */
export type Moment = string | number;

/** How the reader is used to seeing times. */
interface Habits {
	/** English with the order of day and month of the reader's region. */
	locale: string;
	hourCycle: 'h12' | 'h23';
}

let known: Habits | undefined;

function habits(): Habits {
	known ??= learn(typeof navigator === 'undefined' ? [] : [navigator.language, ...(navigator.languages ?? [])]);
	return known;
}

/** Forgets the reader's habits, for tests that change the browser's language. */
export function resetLocale(): void {
	known = undefined;
	formats.clear();
}

/** From the first language that Intl knows; the world's English and 24 hours where the browser names none. */
function learn(candidates: (string | undefined)[]): Habits {
	for (const candidate of candidates) {
		if (!candidate) continue;
		try {
			if (Intl.DateTimeFormat.supportedLocalesOf(candidate).length === 0) continue;
			const cycle = new Intl.DateTimeFormat(candidate, { hour: 'numeric' }).resolvedOptions().hourCycle;
			const region = new Intl.Locale(candidate).maximize().region;
			return { locale: english(region), hourCycle: cycle === 'h11' || cycle === 'h12' ? 'h12' : 'h23' };
		} catch {
			// "C" and "POSIX" are no language tags: try the next one.
		}
	}
	return { locale: english(undefined), hourCycle: 'h23' };
}

/** The English of a region; where it has none of its own, the one that puts the day before the month. */
function english(region: string | undefined): string {
	const own = `${LANGUAGE}-${region ?? '001'}`;
	return new Intl.DateTimeFormat(own).resolvedOptions().locale === own ? own : `${LANGUAGE}-001`;
}

// Making a formatter costs far more than using it, and a list of messages uses it for each row.
const formats = new Map<string, Intl.DateTimeFormat>();
const numbers = new Intl.NumberFormat(LANGUAGE);

function write(time: Moment, options: Intl.DateTimeFormatOptions, language = habits().locale): string {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return '';
	const key = language + JSON.stringify(options);
	let format = formats.get(key);
	// A region may bring its own digits or calendar; English words go with neither.
	if (!format)
		formats.set(
			key,
			(format = new Intl.DateTimeFormat(language, { ...options, calendar: 'gregory', numberingSystem: 'latn' })),
		);
	return format.format(date);
}

function timeOfDay(time: Moment, second?: '2-digit'): string {
	const { hourCycle } = habits();
	const hour = hourCycle === 'h12' ? 'numeric' : '2-digit';
	// American English writes "PM" where others write "pm" or "p.m."; the space before it must not break the line.
	return write(time, { hour, minute: '2-digit', second, hourCycle }, 'en-US').replace(/\s/u, '\u00a0');
}

/** The time of day: "16:41", or "4:41 PM" where people count twelve hours. */
export function clock(time: Moment): string {
	return timeOfDay(time);
}

/** The time of day to the second: "16:41:05" or "4:41:05 PM". */
export function clockExact(time: Moment): string {
	return timeOfDay(time, '2-digit');
}

/** The full date and time, to the second: "Sunday, 22 November 2026, 16:41:05". */
export function exact(time: Moment): string {
	return listed(date(time), clockExact(time));
}

/** A day by its date: "Sunday, 22 November". */
export function day(time: Moment): string {
	return listed(weekday(time), write(time, { day: 'numeric', month: 'long' }));
}

/** A day by its date and year: "Sunday, 22 November 2026". */
export function date(time: Moment): string {
	return listed(weekday(time), write(time, { day: 'numeric', month: 'long', year: 'numeric' }));
}

/** A day as a heading: "Today", "Yesterday", "Monday, 16 November", with the year where it is another one. */
export function dayHeading(time: Moment, now: number = Date.now()): string {
	const then = new Date(time);
	const today = new Date(now);
	if (then.toDateString() === today.toDateString()) return 'Today';
	const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
	if (then.toDateString() === yesterday.toDateString()) return 'Yesterday';
	if (then.getFullYear() === today.getFullYear()) return day(time);
	return date(time);
}

function weekday(time: Moment): string {
	return write(time, { weekday: 'long' });
}

function listed(...parts: string[]): string {
	return parts.filter(Boolean).join(', ');
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

/** A number as English writes it: "12,480". */
export function number(n: number): string {
	return numbers.format(n);
}

/** The name of the reader's time zone: "Europe/Berlin". "" where the browser does not say. */
export function timeZone(): string {
	return new Intl.DateTimeFormat(habits().locale).resolvedOptions().timeZone ?? '';
}

/** Whether the reader writes 1,5 for one and a half: their spreadsheet then separates cells by semicolons. */
export function hasDecimalComma(): boolean {
	try {
		return !new Intl.NumberFormat(navigator.language).format(1.5).includes('.');
	} catch {
		return false; // "C" is no language.
	}
}
