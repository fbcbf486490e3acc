import { Store } from '../../lib/storage';

/**
 * The page's half of its session. A browser sends the cookie, the other half, to every program on the same host, whatever
 * its port; what is kept here stays with this origin. The server says it once, in the answer to a sign-in.
 */
const KEY = 'operator-session';

/** The header in which the half comes and goes. */
const HEADER = 'Belfry-Session';

const store = new Store();

/** Keeps the half that an answer brings. */
export function keepHalf(answer: Response): void {
	const half = answer.headers.get(HEADER);
	if (half) store.set(KEY, half);
}

/** What a page without one shows: it is to be refused, not taken for a program that shows it later. */
const NONE = 'none';

function half(): string {
	const kept = store.get(KEY);
	return typeof kept === 'string' && kept ? kept : NONE;
}

/** The headers that show the half. */
export function halfShown(): Record<string, string> {
	return { [HEADER]: half() };
}

/** The first frame of a connection, which shows the half. */
export function firstFrame(): string {
	return JSON.stringify({ action: 'session', id: 'session', half: half() });
}
