import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
	clock,
	clockExact,
	date,
	day,
	dayHeading,
	duration,
	exact,
	hasDecimalComma,
	number,
	relative,
	resetLocale,
	timeZone,
} from './format';

const noon = '2026-11-22T12:00:00.000Z';
const at = new Date(noon).getTime();
/** By the reader's own clock, whatever its zone. */
const local = (...[year, month, ...rest]: [number, number, number, number?, number?, number?]) =>
	new Date(year, month - 1, ...rest).toISOString();

function reads(...languages: string[]): void {
	vi.stubGlobal('navigator', { language: languages[0], languages });
	resetLocale();
}

afterEach(() => {
	vi.unstubAllGlobals();
	resetLocale();
});

describe('a reader’s habits', () => {
	const evening = local(2026, 11, 23, 16, 41, 5);

	// Digits and words are English in each of them; hour cycle and order of the date are the region's.
	it.each([
		['en-GB', '16:41', 'Monday, 23 November'],
		['en-US', '4:41\u00a0PM', 'Monday, November 23'],
		['en', '4:41\u00a0PM', 'Monday, November 23'],
		['en-AU', '4:41\u00a0PM', 'Monday, 23 November'],
		['de-DE', '16:41', 'Monday, 23 November'],
		['pl', '16:41', 'Monday, 23 November'],
		['ar-EG', '4:41\u00a0PM', 'Monday, 23 November'],
		['fa-IR', '16:41', 'Monday, 23 November'],
		['th-TH', '16:41', 'Monday, 23 November'],
		['sv-SE', '16:41', 'Monday, 23 November'],
	])('are those of %s: %s, %s', (language, time, name) => {
		reads(language);
		expect(clock(evening)).toBe(time);
		expect(clockExact(evening)).toBe(time.replace('41', '41:05'));
		expect(day(evening)).toBe(name);
		expect(date(evening)).toMatch(/\b2026$/);
		expect(exact(evening)).toBe(`${date(evening)}, ${clockExact(evening)}`);
		expect(number(12480)).toBe('12,480');
	});

	it.each([
		['C', 'fr-FR'],
		['C', 'POSIX'],
	])('pass over what makes Intl throw: %s, %s', (...languages) => {
		reads(...languages);
		expect([clock(evening), day(evening)]).toEqual(['16:41', 'Monday, 23 November']);
	});
});

describe('times', () => {
	beforeEach(() => reads('en-GB'));

	it('writes hours and minutes, also at midnight', () => {
		expect(clock(local(2026, 11, 22, 0, 5))).toBe('00:05');
		expect(clock(Date.parse(local(2026, 11, 22, 9, 7)))).toBe('09:07');
		reads('en-US');
		expect(clock(local(2026, 11, 22, 0, 5))).toBe('12:05\u00a0AM');
	});

	it('writes nothing for what is no time', () => {
		for (const write of [clock, clockExact, exact, day, date, dayHeading]) expect(write('soon')).toBe('');
		expect(relative('soon', at)).toBe('');
	});

	it.each([
		[local(2027, 1, 1, 23, 59), 'Today'],
		[local(2026, 12, 31, 0, 0), 'Yesterday'],
		[local(2026, 12, 30, 23, 59), 'Wednesday, 30 December 2026'],
		[local(2027, 1, 2, 8), 'Saturday, 2 January'],
	])('heads the day of %s with %s', (time, heading) =>
		expect(dayHeading(time, Date.parse(local(2027, 1, 1, 8)))).toBe(heading),
	);

	it.each([
		[0, 'now'],
		[-5_000, 'now'],
		[59_999, 'now'],
		[60_000, '1 min'],
		[3_599_000, '59 min'],
		[4 * 3_600_000, '4 h'],
		[3 * 86_400_000, '3 d'],
	])('is %i ms later: %s', (ms, words) => expect(relative(noon, at + ms)).toBe(words));

	it.each([
		[-1, '0 s'],
		[40_000, '40 s'],
		[720_000, '12 min'],
		[16_680_000, '4 h 38 min'],
		[3_600_000, '1 h'],
		[273_600_000, '3 d 4 h'],
		[Number.NaN, ''],
	])('lasts %d ms: %s', (ms, words) => expect(duration(ms)).toBe(words));
});

it('knows what a spreadsheet of the reader’s separates by, and their time zone', () => {
	for (const [language, comma] of [
		['de-DE', true],
		['pl', true],
		['en-GB', false],
		['de-CH', false],
		['C', false],
	] as const) {
		reads(language);
		expect(hasDecimalComma()).toBe(comma);
	}
	expect(timeZone()).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
});
