let context: AudioContext | undefined;

/**
 * Two soft strokes of a small bell. A browser plays nothing before the page was first touched, so unlockSound() is
 * called by the button that switches the sound on, and by the first press after a reload.
 */
export function chime(): void {
	if (!context || context.state !== 'running') return;
	for (const [tone, after] of [
		[880, 0],
		[1174.7, 0.14],
	] as const) {
		const at = context.currentTime + after;
		const bell = new OscillatorNode(context, { type: 'sine', frequency: tone });
		const loudness = new GainNode(context, { gain: 0 });
		loudness.gain.setValueAtTime(0, at);
		loudness.gain.linearRampToValueAtTime(0.12, at + 0.01);
		loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
		bell.connect(loudness).connect(context.destination);
		bell.start(at);
		bell.stop(at + 0.5);
	}
}

/** Unlocks sound; must be called while a press is being handled. */
export function unlockSound(): void {
	context ??= new AudioContext();
	if (context.state !== 'running') void context.resume();
}
