import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchResume } from './resume';

const onresume = vi.fn();
const ononline = vi.fn();
let hidden = false;
let stop: () => void;

beforeEach(() => {
	vi.useFakeTimers();
	onresume.mockClear();
	ononline.mockClear();
	hidden = false;
	vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
	stop = watchResume({ onresume, ononline });
});
afterEach(() => {
	stop();
	expect(vi.getTimerCount()).toBe(0);
	vi.useRealTimers();
});

function look(visible: boolean): void {
	hidden = !visible;
	document.dispatchEvent(new Event('visibilitychange'));
}

it('tells how long the page was hidden, and has no timer meanwhile', () => {
	look(false);
	expect(vi.getTimerCount()).toBe(0);
	vi.advanceTimersByTime(40_000);
	expect(onresume).not.toHaveBeenCalled();
	look(true);
	expect(onresume).toHaveBeenCalledExactlyOnceWith(40_000);
});

it('notices that the machine slept while the page was in front', () => {
	vi.advanceTimersByTime(20_000);
	expect(onresume).not.toHaveBeenCalled();
	vi.setSystemTime(Date.now() + 600_000);
	vi.advanceTimersByTime(5_000);
	expect(onresume).toHaveBeenCalledExactlyOnceWith(605_000);
});

it('takes a page out of the back-forward cache as long away', () => {
	dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
	expect(onresume).not.toHaveBeenCalled();
	dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
	expect(onresume).toHaveBeenCalledWith(Infinity);
});

it('passes on that there is a network again', () => {
	dispatchEvent(new Event('online'));
	expect(ononline).toHaveBeenCalledTimes(1);
});
