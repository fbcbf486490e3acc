import type { Store } from '../../lib/storage';

export const THEMES = ['system', 'light', 'dark'] as const;
export const SIZES = ['small', 'normal', 'large', 'largest'] as const;
/** What the Enter key does in the field: Ctrl+Enter always sends, Shift+Enter always makes a line. */
export const ENTERS = ['send', 'new line'] as const;
export type Enter = (typeof ENTERS)[number];
export type Theme = (typeof THEMES)[number];
export type Size = (typeof SIZES)[number];

const KEY = 'preferences';

/** Preferences of this device. */
export class Preferences {
	readonly #store: Store;
	sound = $state(false);
	vibration = $state(false);
	enter = $state<Enter>('new line');
	theme = $state<Theme>('system');
	size = $state<Size>('normal');

	constructor(store: Store) {
		this.#store = store;
		const stored = (store.get(KEY) ?? {}) as Record<string, unknown>;
		this.sound = stored.sound === true;
		this.vibration = stored.vibration === true;
		this.enter = oneOf(ENTERS, stored.enter) ?? (matchMedia('(pointer: fine)').matches ? 'send' : 'new line');
		this.theme = oneOf(THEMES, stored.theme) ?? 'system';
		this.size = oneOf(SIZES, stored.size) ?? 'normal';
	}

	/** Saves the preferences and applies them. */
	set<K extends 'sound' | 'vibration' | 'enter' | 'theme' | 'size'>(key: K, value: Preferences[K]): void {
		(this as Pick<Preferences, K>)[key] = value;
		const { sound, vibration, enter, theme, size } = this;
		this.#store.set(KEY, { sound, vibration, enter, theme, size });
		this.apply();
	}

	/** Applies theme and text size to the page. */
	apply(root: HTMLElement = document.documentElement): void {
		put(root, 'theme', this.theme === 'system' ? undefined : this.theme);
		put(root, 'text', this.size === 'normal' ? undefined : this.size);
	}
}

function put(root: HTMLElement, name: string, value: string | undefined): void {
	if (value === undefined) delete root.dataset[name];
	else root.dataset[name] = value;
}

function oneOf<T>(allowed: readonly T[], value: unknown): T | undefined {
	return allowed.find((one) => one === value);
}
