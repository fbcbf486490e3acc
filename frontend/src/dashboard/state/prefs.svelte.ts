import type { Store } from '../../lib/storage';

export type Theme = 'system' | 'light' | 'dark';

/** Preferences of this browser. */
export class Prefs {
	theme = $state<Theme>('system');
	sound = $state(false);
	/** Single letters are shortcuts. */
	letters = $state(true);

	constructor(private readonly store: Store) {
		const { theme, sound, letters } = (store.get('prefs') ?? {}) as Record<string, unknown>;
		if (theme === 'light' || theme === 'dark') this.theme = theme;
		this.sound = sound === true;
		this.letters = letters !== false;
		this.#apply();
	}

	/** The other of light and dark than what is seen now; back to the system's where that is the same. */
	flipTheme(): void {
		const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
		const shown = this.theme === 'system' ? system : this.theme;
		const other = shown === 'dark' ? 'light' : 'dark';
		this.wear(other === system ? 'system' : other);
	}

	wear(theme: Theme): void {
		this.theme = theme;
		this.#apply();
		this.#write();
	}

	flipSound(): void {
		this.sound = !this.sound;
		this.#write();
	}

	flipLetters(): void {
		this.letters = !this.letters;
		this.#write();
	}

	#apply(): void {
		if (this.theme === 'system') delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = this.theme;
	}

	#write(): void {
		this.store.set('prefs', { theme: this.theme, sound: this.sound, letters: this.letters });
	}
}
