import { describe, expect, it } from 'vitest';
import type { Recovered, Welcome } from '../../lib/protocol';
import { Cursor } from './cursor';

const welcome = (epoch: string, seq: number) => ({ type: 'welcome', epoch, seq }) as Welcome;
const recovered = (to: number) => ({ type: 'recovered', to }) as Recovered;

function at(seq: number): Cursor {
	const cursor = new Cursor(200);
	cursor.hello();
	cursor.welcome(welcome('e', seq));
	return cursor;
}

describe('Cursor', () => {
	it('begins where a first welcome says, and follows what comes live', () => {
		const cursor = new Cursor(200);
		expect(cursor.hello()).toBeUndefined();
		expect(cursor.welcome(welcome('e', 10))).toBe('first');
		cursor.live(12);
		cursor.live(11);
		expect([cursor.since, cursor.epoch, cursor.open]).toEqual([12, 'e', false]);
	});

	it('stands still until what was missed is there', () => {
		const cursor = at(10);
		expect(cursor.hello()).toEqual({ since: 10, epoch: 'e', limit: 200 });
		cursor.live(11);
		expect(cursor.welcome(welcome('e', 30))).toBe('same');
		cursor.live(20);
		expect([cursor.since, cursor.open]).toEqual([10, true]);
		cursor.recovered(recovered(30));
		cursor.live(31);
		expect([cursor.since, cursor.open]).toEqual([31, false]);
	});

	it('asks from the same place again when a recovery broke off', () => {
		const cursor = at(10);
		cursor.hello();
		cursor.welcome(welcome('e', 30));
		cursor.live(20);
		expect(cursor.hello()).toEqual({ since: 10, epoch: 'e', limit: 200 });
	});

	it('goes on in another run of the same log, once the recovery says that it is one', () => {
		const cursor = at(10);
		cursor.hello();
		expect(cursor.welcome(welcome('f', 30))).toBe('unsure');
		expect([cursor.since, cursor.epoch, cursor.open]).toEqual([10, 'e', true]);
		// It broke off: what is asked again is of the run before.
		expect(cursor.hello()).toEqual({ since: 10, epoch: 'e', limit: 200 });
		cursor.welcome(welcome('f', 30));
		expect(cursor.recovered(recovered(30))).toBe('same');
		expect([cursor.since, cursor.epoch, cursor.open]).toEqual([30, 'f', false]);
	});

	it('knows another log, and one that was put back', () => {
		const other = at(40);
		other.hello();
		expect(other.welcome(welcome('f', 50))).toBe('unsure');
		expect(other.recovered({ ...recovered(30), gone: true })).toBe('another');
		expect([other.since, other.epoch, other.open]).toEqual([30, 'f', false]);
		const back = at(10);
		back.hello();
		expect(back.welcome(welcome('e', 9))).toBe('another');
		expect([back.since, back.open]).toEqual([0, true]);
	});

	it('asks for one recovery at a time', () => {
		const cursor = at(10);
		expect(cursor.again()).toEqual({ since: 10, epoch: 'e', limit: 200 });
		expect(cursor.again()).toBeUndefined();
		cursor.refused();
		cursor.live(11);
		expect(cursor.since).toBe(11);
	});
});
