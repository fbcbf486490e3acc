/**
 * Runs a job once at a time and leaves a pause between two runs; however often it is asked for meanwhile, it runs
 * once more. A failed job is ignored: the next ask tries again.
 */
export class Puller {
	#running = false;
	#asked = false;
	#timer?: ReturnType<typeof setTimeout>;

	constructor(
		private readonly job: () => Promise<unknown>,
		private readonly pause: number,
		/** The pause is at least so many times as long as the job took. */
		private readonly times = 0,
	) {}

	ask(): void {
		this.#asked = true;
		if (!this.#running && this.#timer === undefined) void this.#run();
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#asked = false;
	}

	async #run(): Promise<void> {
		this.#running = true;
		this.#asked = false;
		const began = performance.now();
		await this.job().catch(() => undefined);
		this.#running = false;
		const pause = Math.max(this.pause, this.times * (performance.now() - began));
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			if (this.#asked) void this.#run();
		}, pause);
	}
}
