import { describe, expect, it } from 'vitest';
import { Store } from './storage';

class FakeStorage implements Storage {
	[name: string]: unknown;
	#items = new Map<string, string>();
	full = false;
	get length() {
		return this.#items.size;
	}
	clear = () => this.#items.clear();
	getItem = (key: string) => this.#items.get(key) ?? null;
	key = (i: number) => [...this.#items.keys()][i] ?? null;
	removeItem = (key: string) => void this.#items.delete(key);
	setItem = (key: string, value: string) => {
		if (this.full) throw new DOMException('full', 'QuotaExceededError');
		this.#items.set(key, value);
	};
}

describe('Store', () => {
	it('keeps values as JSON, under its own prefix', () => {
		const storage = new FakeStorage();
		const store = new Store('b.', () => storage);
		store.set('a', { n: 1 });
		storage.setItem('other', '1');
		expect(storage.getItem('b.a')).toBe('{"n":1}');
		expect(new Store('b.', () => storage).get('a')).toEqual({ n: 1 });
		expect(store.keys('')).toEqual(['a']);
		store.remove('a');
		expect(store.get('a')).toBeUndefined();
	});

	it('lives on in memory where storage is refused', () => {
		const store = new Store('b.', () => {
			throw new DOMException('blocked', 'SecurityError');
		});
		store.set('out.1', 'x');
		expect(store.get('out.1')).toBe('x');
		expect(store.keys('out.')).toEqual(['out.1']);
		store.remove('out.1');
		expect(store.get('out.1')).toBeUndefined();
	});

	it('shows the newest value when the quota is full', () => {
		const storage = new FakeStorage();
		const store = new Store('b.', () => storage);
		store.set('a', 'old');
		storage.full = true;
		store.set('a', 'new');
		expect(store.get('a')).toBe('new');
		storage.full = false;
		store.set('a', 'newest');
		expect(new Store('b.', () => storage).get('a')).toBe('newest');
	});

	it('takes what is not JSON as nothing', () => {
		const storage = new FakeStorage();
		storage.setItem('b.a', '{');
		expect(new Store('b.', () => storage).get('a')).toBeUndefined();
	});
});
