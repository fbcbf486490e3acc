import type { Address, State } from '../operator/operator';

/** What an address is called in the list: "Wi-Fi", "Cable", "IPv6 by Wi-Fi". */
export function nameOf({ kind, host, interface: device }: Address): string {
	const names: Record<string, string> = {
		wifi: 'Wi-Fi',
		cable: 'Cable',
		virtual: 'Virtual',
		loopback: 'This computer only',
		name: 'Name',
	};
	const name = names[kind] ?? (device || 'Network');
	return host.startsWith('[') && kind !== 'loopback' ? `${name}, IPv6` : name;
}

/** Why people may not get there, where that is so. */
export function warningOf({ kind }: Address): string {
	if (kind === 'virtual') return 'Phones cannot reach it';
	if (kind === 'loopback') return 'Nobody else can reach it';
	return '';
}

/** How one comes in, in a few words; pressed it leads to where that is chosen. */
export const ACCESS_NOTES = {
	open: 'Open to all',
	code: 'By join code',
	approval: 'By approval',
	list: 'By list',
} as const;

/** What the QR code is of, for who cannot see it. The secret in it is for nobody's ears. */
export function qrLabel({ address, access }: Pick<State, 'address' | 'access'>): string {
	return `QR code for ${address.url}${access === 'code' ? ', with the way in' : ''}`;
}
