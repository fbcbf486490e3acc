import type { Address, State } from '../operator/operator';

/** Label of an address in the list: "Wi-Fi", "Cable", "IPv6 by Wi-Fi". */
export function nameOf({ kind, host, interface: device }: Address): string {
	const names: Record<string, string> = {
		wifi: 'Wi-Fi',
		cable: 'Cable',
		virtual: 'Virtual',
		loopback: 'This computer only',
		name: 'Name',
		page: 'Address of this page',
	};
	const name = names[kind] ?? (device || 'Network');
	return host.startsWith('[') && kind !== 'loopback' ? `${name}, IPv6` : name;
}

/** Why people may not reach an address; "" where they may. */
export function warningOf({ kind }: Address): string {
	if (kind === 'virtual') return 'Phones cannot reach this address';
	if (kind === 'loopback') return 'Other devices cannot reach this address';
	return '';
}

/** Who reaches an address. */
export function noteOf(address: Address): string {
	return (
		warningOf(address) || (address.kind === 'page' ? 'Works wherever this page opens' : 'Works on the same network')
	);
}

/** Access modes in a few words, for a link to their setting. */
export const ACCESS_NOTES = {
	open: 'Open to everyone',
	code: 'With join code',
	approval: 'With approval',
	list: 'People on the list',
} as const;

/** Label of the QR code for screen readers, without its secret. */
export function qrLabel({ address, access }: Pick<State, 'address' | 'access'>): string {
	return `QR code for ${address.url}${access === 'code' ? ' and the join code' : ''}`;
}
