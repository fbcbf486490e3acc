import type { Store } from '../../lib/storage';

export type Theme = 'system' | 'light' | 'dark';

/** Sizes of text, in per cent of what the system or the browser has chosen. */
export const TEXT_SIZES = [90, 100, 110, 125, 150, 175, 200] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

/** Preferences of this browser. */
export class Prefs {
	theme = $state<Theme>('system');
	sound = $state(false);
	textSize = $state<TextSize>(100);
	/** Single letters are shortcuts. */
	letters = $state(true);

	constructor(private readonly store: Store) {
		const { theme, sound, letters, textSize } = (store.get('prefs') ?? {}) as Record<string, unknown>;
		if (theme === 'light' || theme === 'dark') this.theme = theme;
		this.textSize = TEXT_SIZES.find((size) => size === textSize) ?? 100;
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

	/** The next larger or smaller text; 0: the normal one. */
	resize(by: -1 | 0 | 1): void {
		const at = TEXT_SIZES.indexOf(by === 0 ? 100 : this.textSize);
		this.magnify(TEXT_SIZES[Math.min(Math.max(at + by, 0), TEXT_SIZES.length - 1)]!);
	}

	/** Shows text in this size. */
	magnify(size: TextSize): void {
		this.textSize = size;
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
		const { dataset } = document.documentElement;
		if (this.theme === 'system') delete dataset.theme;
		else dataset.theme = this.theme;
		if (this.textSize === 100) delete dataset.text;
		else dataset.text = String(this.textSize);
	}

	#write(): void {
		this.store.set('prefs', {
			theme: this.theme,
			sound: this.sound,
			letters: this.letters,
			textSize: this.textSize,
		});
	}
}
