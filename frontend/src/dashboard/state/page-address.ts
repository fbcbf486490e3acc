import type { Address, State } from '../operator/operator';

/** The kind of the address that this very page was opened at, where it is none of the server's own. */
export const PAGE = 'page';

const ONLY_HERE = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u;

/**
 * The address at which a dashboard in a browser was opened, without the page's own name; undefined where the server lists
 * it, or where nobody else could open it. Behind a proxy it is the one that people need, and the server does not know it.
 */
export function pageAddress({ addresses, secure }: State, page: string): Address | undefined {
	const { protocol, hostname, port, href } = new URL('.', page);
	if (!/^https?:$/u.test(protocol) || ONLY_HERE.test(hostname)) return undefined;
	const own = addresses.some(({ url }) => url === href) || (secure && port === String(secure.port));
	if (own) return undefined;
	const behind = href.slice(`${protocol}//${hostname}`.length).replace(/\/$/u, '');
	return { url: href, host: hostname, port: behind, kind: PAGE, interface: '', default: false };
}

/** A state with another address on the join card. Its QR code is of the old one still. */
export function showing(state: State, address: Address): State {
	return { ...state, address, join_url: address.url + state.join_url.slice(state.address.url.length) };
}
