/** The time as the page shows it: one timer for all, and none while nobody can see the page. */
export class Clock {
	now = $state(Date.now());
	#timer?: ReturnType<typeof setInterval>;

	/** Begins to tick; the returned function ends it. */
	start(): () => void {
		const set = () => {
			clearInterval(this.#timer);
			this.now = Date.now();
			if (!document.hidden) this.#timer = setInterval(() => (this.now = Date.now()), 1000);
		};
		document.addEventListener('visibilitychange', set);
		set();
		return () => {
			document.removeEventListener('visibilitychange', set);
			clearInterval(this.#timer);
		};
	}
}
