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
		await this.job().catch(() => undefined);
		this.#running = false;
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			if (this.#asked) void this.#run();
		}, this.pause);
	}
}
