import { describe, expect, it } from 'vitest';
import type { Recovered, Welcome } from '../../lib/protocol';
import { Place } from './cursor';

const welcome = (epoch: string, seq: number) => ({ type: 'welcome', epoch, seq }) as Welcome;
const recovered = (to: number) => ({ type: 'recovered', to }) as Recovered;

function at(seq: number): Place {
	const place = new Place();
	place.hello();
	place.welcome(welcome('e', seq));
	return place;
}

describe('Place', () => {
	it('begins where a first welcome says, and follows what comes live', () => {
		const place = new Place();
		expect(place.hello()).toBeUndefined();
		expect(place.welcome(welcome('e', 10))).toBe('first');
		place.live(12);
		place.live(11);
		expect([place.since, place.epoch, place.open]).toEqual([12, 'e', false]);
	});

	it('stands still until what was missed is there', () => {
		const place = at(10);
		expect(place.hello()).toEqual({ since: 10, epoch: 'e' });
		place.live(11);
		expect(place.welcome(welcome('e', 30))).toBe('same');
		place.live(20);
		expect([place.since, place.open]).toEqual([10, true]);
		place.recovered(recovered(30));
		place.live(31);
		expect([place.since, place.open]).toEqual([31, false]);
	});

	it('asks from the same place again when a recovery broke off', () => {
		const place = at(10);
		place.hello();
		place.welcome(welcome('e', 30));
		place.live(20);
		expect(place.hello()).toEqual({ since: 10, epoch: 'e' });
	});

	it('knows another log, and one that was put back', () => {
		const other = at(10);
		other.hello();
		expect(other.welcome(welcome('f', 30))).toBe('another');
		expect([other.since, other.epoch, other.open]).toEqual([0, 'f', true]);
		const back = at(10);
		back.hello();
		expect(back.welcome(welcome('e', 9))).toBe('another');
	});

	it('asks for one recovery at a time', () => {
		const place = at(10);
		expect(place.again()).toEqual({ since: 10, epoch: 'e' });
		expect(place.again()).toBeUndefined();
		place.refused();
		place.live(11);
		expect(place.since).toBe(11);
	});
});
