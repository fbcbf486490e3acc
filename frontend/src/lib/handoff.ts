/**
 * Identity handed from one address of the server to another (http to https, address to name). It travels in the URL's
 * fragment, which browsers send to nobody; the page there takes it out of the address bar.
 */
export interface HandoffIdentity {
	user_id: string;
	token: string;
	name: string;
}

const TOKEN = /^[\w-]{16,128}$/;
const USER_ID = /^\P{C}{1,64}$/u;

/** A link to another address of this server, with the person's identity in its fragment, and what else they take along. */
export function handoffLink(url: string, { user_id, token, name }: HandoffIdentity, moved?: string): string {
	return `${url}#${new URLSearchParams({ user_id, token, name, ...(moved !== undefined && { moved }) })}`;
}

/** The identity in a fragment; undefined where there is none. */
export function readHandoff(fragment: string): HandoffIdentity | undefined {
	const fields = new URLSearchParams(fragment.replace(/^#/u, ''));
	const [user_id = '', token = '', name = ''] = ['user_id', 'token', 'name'].map((key) => fields.get(key) ?? '');
	if (!USER_ID.test(user_id) || !TOKEN.test(token)) return undefined;
	return { user_id, token, name };
}

/** The encrypted address, as this page's host is called. */
export function secureAddress(port: number, host = location.hostname): string {
	return `https://${host}${port === 443 ? '' : `:${port}`}/`;
}
