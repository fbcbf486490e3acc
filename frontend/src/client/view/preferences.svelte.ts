import type { Store } from '../../lib/storage';

export const THEMES = ['system', 'light', 'dark'] as const;
export const SIZES = ['small', 'normal', 'large', 'largest'] as const;
/** What the Enter key does in the field: Ctrl+Enter always sends, Shift+Enter always makes a line. */
export const ENTERS = ['send', 'new line'] as const;
export type Enter = (typeof ENTERS)[number];
/** The messages that ring or vibrate. */
export const RINGS = ['off', 'urgent', 'all'] as const;
export type Theme = (typeof THEMES)[number];
export type Size = (typeof SIZES)[number];
export type Rings = (typeof RINGS)[number];

interface Chosen {
	sound: Rings;
	vibration: Rings;
	enter: Enter;
	theme: Theme;
	size: Size;
	/** Somebody has read that a locked phone is not woken. */
	toldToKeepOpen: boolean;
}

/** Where they are stored. */
export const PREFERENCES = 'preferences';

/** Preferences of this device. */
export class Preferences implements Chosen {
	readonly #store: Store;
	sound = $state<Rings>('urgent');
	vibration = $state<Rings>('urgent');
	enter = $state<Enter>('new line');
	theme = $state<Theme>('system');
	size = $state<Size>('normal');
	toldToKeepOpen = $state(false);

	constructor(store: Store) {
		this.#store = store;
		const stored = (store.get(PREFERENCES) ?? {}) as Record<string, unknown>;
		this.sound = rings(stored.sound);
		this.vibration = rings(stored.vibration);
		this.enter = oneOf(ENTERS, stored.enter) ?? (matchMedia('(pointer: fine)').matches ? 'send' : 'new line');
		this.theme = oneOf(THEMES, stored.theme) ?? 'system';
		this.size = oneOf(SIZES, stored.size) ?? 'normal';
		this.toldToKeepOpen = stored.toldToKeepOpen === true;
	}

	/** Saves the preferences and applies them. */
	set<K extends keyof Chosen>(key: K, value: Chosen[K]): void {
		(this as Chosen)[key] = value;
		this.#store.set(PREFERENCES, this.keep());
		this.apply();
	}

	/** The preferences as they are stored. */
	keep(): object {
		const { sound, vibration, enter, theme, size, toldToKeepOpen } = this;
		return { sound, vibration, enter, theme, size, toldToKeepOpen };
	}

	/** Applies theme and text size to the page. */
	apply(root: HTMLElement = document.documentElement): void {
		put(root, 'theme', this.theme === 'system' ? undefined : this.theme);
		put(root, 'text', this.size === 'normal' ? undefined : this.size);
	}
}

/** Before there was a choice it was yes or no, and no was what it began with. */
function rings(stored: unknown): Rings {
	return stored === true ? 'all' : (oneOf(RINGS, stored) ?? 'urgent');
}

function put(root: HTMLElement, name: string, value: string | undefined): void {
	if (value === undefined) delete root.dataset[name];
	else root.dataset[name] = value;
}

function oneOf<T>(allowed: readonly T[], value: unknown): T | undefined {
	return allowed.find((one) => one === value);
}
