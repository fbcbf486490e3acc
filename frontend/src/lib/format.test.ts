import { afterEach, describe, expect, it, vi } from 'vitest';
import { clock, day, duration, exact, locale, number, relative, resetLocale } from './format';

const noon = '2026-11-22T12:00:00.000Z';
const at = new Date(noon).getTime();

afterEach(() => {
	vi.unstubAllGlobals();
	resetLocale();
});

describe('locale', () => {
	it('is the browser’s own', () => {
		vi.stubGlobal('navigator', { language: 'de-CH', languages: ['de-CH', 'en'] });
		resetLocale();
		expect(locale()).toBe('de-CH');
		expect(number(12480)).toContain('12');
	});

	it('passes over "C", which makes Intl throw', () => {
		vi.stubGlobal('navigator', { language: 'C', languages: ['C', 'fr'] });
		resetLocale();
		expect(locale()).toBe('fr');
	});

	it('is English where nothing usable is named', () => {
		vi.stubGlobal('navigator', { language: 'C', languages: ['C'] });
		resetLocale();
		expect(locale()).toBe('en');
		expect(number(12480)).toBe('12,480');
		expect(clock(noon)).toMatch(/^\d\d:\d\d$/);
	});
});

describe('times', () => {
	it('writes hours and minutes, also at midnight', () => {
		expect(clock(noon)).toMatch(/^\d\d:\d\d$/);
		expect(clock(new Date(2026, 10, 22, 0, 5).toISOString())).toBe('00:05');
	});

	it('writes nothing for what is no time', () => {
		for (const write of [clock, exact, day]) expect(write('soon')).toBe('');
		expect(relative('soon', at)).toBe('');
	});

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
