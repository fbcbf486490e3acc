import type { Preferences } from './preferences.svelte';

const TONE = 0.16;
const GAP = 0.24;
// Least interval between two sounds; an urgent message always sounds.
const QUIET = 2_000;
/** A browser that lets a page sound does so sooner after the touch. */
const SILENCE = 3_000;
const SHORT = 120;
const LONG = [300, 150, 300, 150, 600];

/**
 * Sound and vibration for what arrives. A browser lets a page sound only after it was touched, so unlock() is called
 * on every touch and costs nothing once it has worked. Nothing is made before: a browser complains of an AudioContext
 * that is made too early.
 */
export class Alarm {
	/** Sound is on, but the browser wants one touch first. */
	readonly blocked: boolean = $derived.by(() => this.#rings('sound', true) && Alarm.canSound && !this.#touched);
	/** The page was touched, and there is still no sound: this device or browser has nothing that plays it. */
	readonly silent: boolean = $derived.by(() => this.blocked && this.#inVain);
	readonly #preferences: Preferences;
	#touched = $state(false);
	#inVain = $state(false);
	#wait: ReturnType<typeof setTimeout> | undefined;
	#audio: AudioContext | undefined;
	#last = 0;

	constructor(preferences: Preferences) {
		this.#preferences = preferences;
	}

	static get canVibrate(): boolean {
		return typeof navigator.vibrate === 'function';
	}

	static get canSound(): boolean {
		return typeof AudioContext === 'function';
	}

	/** Called within a touch or a key press: the only moment when sound can be allowed. */
	unlock(): void {
		if (this.#preferences.sound === 'off' || !Alarm.canSound) return;
		this.#audio ??= new AudioContext();
		if (this.#audio.state === 'running') this.#touched = true;
		else {
			// iOS calls it "interrupted" after a phone call; resume serves both.
			void this.#audio.resume().then(
				() => (this.#touched = true),
				() => undefined,
			);
			// Not every touch allows sound: a browser that can say so is asked.
			this.#wait ??= setTimeout(() => {
				this.#wait = undefined;
				this.#inVain = (navigator.userActivation as UserActivation | undefined)?.hasBeenActive === true;
			}, SILENCE);
		}
	}

	ring(urgent: boolean): void {
		const now = Date.now();
		if (!urgent && now - this.#last < QUIET) return;
		this.#last = now;
		if (this.#rings('sound', urgent)) this.sound(urgent);
		if (this.#rings('vibration', urgent)) this.vibrate(urgent);
	}

	/** Plays a sample, when sound has just been switched on. */
	sample(): void {
		this.unlock();
		void this.#audio?.resume().then(
			() => this.sound(false),
			() => undefined,
		);
	}

	/** One tone, or three that rise. */
	sound(urgent: boolean): void {
		const audio = this.#audio;
		if (audio?.state !== 'running') return;
		const tones = urgent ? [660, 880, 1100] : [740];
		tones.forEach((pitch, i) => tone(audio, pitch, audio.currentTime + i * GAP));
	}

	vibrate(urgent: boolean): void {
		if (Alarm.canVibrate) navigator.vibrate(urgent ? LONG : SHORT);
	}

	#rings(how: 'sound' | 'vibration', urgent: boolean): boolean {
		const which = this.#preferences[how];
		return which === 'all' || (urgent && which === 'urgent');
	}
}

function tone(audio: AudioContext, pitch: number, at: number): void {
	const oscillator = audio.createOscillator();
	const gain = audio.createGain();
	oscillator.frequency.value = pitch;
	// A ramp at both ends: a tone that begins at once clicks.
	gain.gain.setValueAtTime(0, at);
	gain.gain.linearRampToValueAtTime(0.25, at + 0.02);
	gain.gain.exponentialRampToValueAtTime(0.001, at + TONE);
	oscillator.connect(gain).connect(audio.destination);
	oscillator.start(at);
	oscillator.stop(at + TONE);
}
