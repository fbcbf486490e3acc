/** The alphabet of a url-safe id: 64 letters, so that six random bits choose one without bias. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * A random url-safe id; 22 letters hold 132 bits. Made by getRandomValues, because a page on plain http has no
 * crypto.randomUUID.
 */
export function randomId(length = 22): string {
	const bytes = crypto.getRandomValues(new Uint8Array(length));
	return Array.from(bytes, (byte) => LETTERS[byte & 63]).join('');
}
