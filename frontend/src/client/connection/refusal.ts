import { NO_WEBSOCKETS, withOrigin } from '../../lib/address';
import type { Refusal } from '../../lib/protocol';

/** A refused handshake, as the server says it to a plain GET. final: asking again by itself is no use. */
export interface Refused extends Refusal {
	final: boolean;
}

/** The code of an answer that refuses nothing: a handshake would succeed, if it came through. */
export const PASSES = 'upgrade_required';

const TIMEOUT = 5_000;

/**
 * Why a handshake at path failed. A script sees only 1006 then, so the page asks by plain GET, which answers with the
 * refusal, or with PASSES when a handshake would succeed. undefined: nobody answers, or something else than the server.
 */
export async function askRefusal(path: string, get: typeof fetch = fetch): Promise<Refused | undefined> {
	const abort = new AbortController();
	const timer = setTimeout(() => abort.abort(), TIMEOUT);
	try {
		const response = await get(withOrigin(path), { signal: abort.signal, cache: 'no-store' });
		// Whatever the body: a proxy may put a page of its own there.
		if (response.status === 426) return { code: PASSES, message: NO_WEBSOCKETS, final: false };
		if (![403, 429, 503].includes(response.status)) return undefined;
		return read(await response.json(), response.status);
	} catch {
		// No answer, or no JSON from something that stands in between: then it is just not reachable.
		return undefined;
	} finally {
		clearTimeout(timer);
	}
}

function read(body: unknown, status: number): Refused | undefined {
	if (typeof body !== 'object' || body === null) return undefined;
	const { code, message, retry_ms, blocked, nodes, epoch } = body as Partial<Record<keyof Refusal, unknown>>;
	if (typeof code !== 'string' || typeof message !== 'string') return undefined;
	const retry = typeof retry_ms === 'number' && retry_ms > 0 ? { retry_ms } : {};
	// What the server asks to be tried again is not for good: whoever set up the proxy may mend it.
	return {
		code,
		message,
		final: status === 403 && !('retry_ms' in retry),
		...retry,
		...(blocked === true && { blocked }),
		...(isTexts(nodes) && typeof epoch === 'string' && { nodes, epoch }),
	};
}

function isTexts(value: unknown): value is string[] {
	return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
