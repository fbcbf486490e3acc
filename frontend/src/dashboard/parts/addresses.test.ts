import { expect, test } from 'vitest';
import type { Address } from '../operator/operator';
import { nameOf, warningOf } from './addresses';

test('addresses have a name, and a warning where nobody gets there', () => {
	const address = (kind: string, host = '192.168.1.24') => ({ kind, host, interface: 'eth0' }) as Address;
	expect(nameOf(address('wifi'))).toBe('Wi-Fi');
	expect(nameOf(address('cable', '[fd12::1]'))).toBe('Cable, IPv6');
	expect(nameOf(address('other'))).toBe('eth0');
	expect(warningOf(address('virtual'))).not.toBe('');
	expect(warningOf(address('cable'))).toBe('');
});
