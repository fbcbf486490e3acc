import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Layers } from './layers';

/** The history of a tab, as far as this needs it: its steps are taken when settle() says so. */
class FakeHistory {
	entries: unknown[] = ['before', null];
	at = 1;
	steps = 0;

	get state(): unknown {
		return this.entries[this.at];
	}

	pushState(state: unknown): void {
		this.entries = [...this.entries.slice(0, ++this.at), state];
	}

	back(): void {
		this.steps++;
	}

	/** What was asked for happens; a press on Back is one step more. */
	settle(pressed = 0): void {
		for (this.steps += pressed; this.steps > 0; this.steps--) {
			this.at--;
			dispatchEvent(new Event('popstate'));
		}
	}
}

let tab: FakeHistory;
beforeEach(() => {
	tab = new FakeHistory();
	vi.stubGlobal('history', tab);
	return () => vi.unstubAllGlobals();
});

function opened(layers: Layers) {
	const close = vi.fn(() => gone());
	const gone = layers.open(close);
	return { close, gone };
}

describe('Layers', () => {
	it('closes what is open by Back, and leaves by the next', () => {
		const layers = new Layers();
		const end = layers.start();
		const { close } = opened(layers);
		expect(tab.at).toBe(2);
		tab.settle(1);
		expect([close.mock.calls.length, tab.at]).toEqual([1, 1]);
		end();
	});

	it('leaves no entry behind when something was closed otherwise, or replaced', () => {
		const layers = new Layers();
		const end = layers.start();
		const first = opened(layers);
		first.gone();
		const second = opened(layers);
		tab.settle();
		expect([tab.at, second.close.mock.calls.length]).toEqual([2, 0]);
		second.gone();
		tab.settle();
		expect([tab.at, first.close.mock.calls.length, second.close.mock.calls.length]).toEqual([1, 0, 0]);
		end();
	});

	it('closes the last of several first, one for each Back', () => {
		const layers = new Layers();
		const end = layers.start();
		const [below, above] = [opened(layers), opened(layers)];
		tab.settle(1);
		expect([below.close.mock.calls.length, above.close.mock.calls.length, tab.at]).toEqual([0, 1, 2]);
		tab.settle(1);
		expect([below.close.mock.calls.length, tab.at]).toEqual([1, 1]);
		end();
	});

	it('goes back to the page’s own entry when it is loaded again with something open', () => {
		tab.pushState({ layer: true });
		const end = new Layers().start();
		tab.settle();
		expect(tab.at).toBe(1);
		end();
	});
});
