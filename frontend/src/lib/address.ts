/**
 * Addresses of the server that this page came from. All are relative to the page: behind a proxy Belfry may have a path of
 * its own, which the server does not know.
 */

/** A handshake fails that the server says would succeed. */
export const NO_WEBSOCKETS =
	'Something between this page and Belfry blocks WebSockets. ' +
	'A proxy must pass on Upgrade and Connection, with HTTP/1.1 (nginx: proxy_http_version 1.1).';

/** The folder that this page is in, "/" or the path that a proxy gives to Belfry: "/belfry/". */
export function folder(path = location.pathname): string {
	return path.slice(0, path.lastIndexOf('/') + 1) || '/';
}

/** The address of a WebSocket: "ws/client" as "wss://example.org/belfry/ws/client". */
export function socketAddress(path: string, page = location.href): string {
	const url = new URL(path, page);
	url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
	return url.href;
}

/**
 * A path with this page's origin in it. With a plain GET a browser sends no Origin; the server needs it to answer as it
 * answers a handshake, and to notice a proxy that changes Host.
 */
export function withOrigin(path: string): string {
	return `${path}?${new URLSearchParams({ origin: location.origin })}`;
}
