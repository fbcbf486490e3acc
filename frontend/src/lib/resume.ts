/** Events of a page that wakes up. */
export interface ResumeHandlers {
	/** The page is visible again, or its timers stood still: for so many milliseconds. */
	onresume: (away: number) => void;
	/** The device has a network again, perhaps another one. */
	ononline: () => void;
}

const TICK = 5_000;
// A busy page may tick late; a page that was asleep ticks much later.
const JUMP = 15_000;

/**
 * Watches for everything after which an open socket may be dead without a close event: a phone that slept, a frozen
 * tab, a page out of the back-forward cache, another Wi-Fi. Returns the function that stops watching.
 *
 * A laptop can sleep with the page in front, without any event: then a timer that fires much too late is the sign.
 * It runs only while the page is visible.
 */
export function watchResume({ onresume, ononline }: ResumeHandlers, page: Window = window): () => void {
	const { document } = page;
	let last = Date.now();
	let timer: ReturnType<typeof setInterval> | undefined;

	const tick = () => {
		const away = Date.now() - last;
		last = Date.now();
		if (away > JUMP) onresume(away);
	};
	const start = () => {
		clearInterval(timer);
		timer = document.hidden ? undefined : setInterval(tick, TICK);
	};
	const onvisibility = () => {
		const away = Date.now() - last;
		last = Date.now();
		start();
		if (!document.hidden) onresume(away);
	};
	const onpageshow = (event: PageTransitionEvent) => {
		if (event.persisted) onresume(Infinity);
	};

	document.addEventListener('visibilitychange', onvisibility);
	page.addEventListener('pageshow', onpageshow);
	page.addEventListener('online', ononline);
	start();
	return () => {
		clearInterval(timer);
		document.removeEventListener('visibilitychange', onvisibility);
		page.removeEventListener('pageshow', onpageshow);
		page.removeEventListener('online', ononline);
	};
}
