import type { Refusal } from '../../lib/protocol';

/** A refused handshake, as the server says it to a plain GET. final: asking again by itself is no use. */
export interface Refused extends Refusal {
	final: boolean;
}

const TIMEOUT = 5_000;

/**
 * Why a handshake at path was refused. A script sees only 1006 then, so the page asks by plain GET, which answers with
 * the refusal, or with 426 when a handshake would succeed. undefined: not refused, or nobody answers.
 */
export async function askRefusal(path: string, get: typeof fetch = fetch): Promise<Refused | undefined> {
	const abort = new AbortController();
	const timer = setTimeout(() => abort.abort(), TIMEOUT);
	try {
		const response = await get(path, { signal: abort.signal, cache: 'no-store' });
		if (![403, 429, 503].includes(response.status)) return undefined;
		return read(await response.json(), response.status === 403);
	} catch {
		// No answer, or no JSON from something that stands in between: then it is just not reachable.
		return undefined;
	} finally {
		clearTimeout(timer);
	}
}

function read(body: unknown, final: boolean): Refused | undefined {
	if (typeof body !== 'object' || body === null) return undefined;
	const { code, message, retry_ms } = body as Partial<Record<keyof Refusal, unknown>>;
	if (typeof code !== 'string' || typeof message !== 'string') return undefined;
	return { code, message, final, ...(typeof retry_ms === 'number' && retry_ms > 0 ? { retry_ms } : {}) };
}
