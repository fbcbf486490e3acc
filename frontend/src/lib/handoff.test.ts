import { expect, test } from 'vitest';
import { readHandoff, handoffLink, secureAddress } from './handoff';

const ana = { user_id: 'k3f9&=#x', token: 'abcdefghijklmnopqrstuv_-', name: 'Ana Lima ✓' };

test('who goes comes to the other end as the same person', () => {
	const url = new URL(handoffLink('https://belfry.local:8443/', ana));
	expect(url.host).toBe('belfry.local:8443');
	expect(url.search).toBe('');
	expect(readHandoff(url.hash)).toEqual(ana);
});

test('what else stands in the fragment is no matter', () => {
	expect(readHandoff(`#code=123&user_id=a&token=${ana.token}`)).toEqual({ user_id: 'a', token: ana.token, name: '' });
});

test('a fragment that brings nobody, or nobody that could be, is none', () => {
	for (const fragment of ['', '#', '#482913', '#text', '#token=short&user_id=a', `#token=${ana.token}`])
		expect(readHandoff(fragment), fragment).toBeUndefined();
	expect(readHandoff(`#user_id=${'x'.repeat(65)}&token=${ana.token}`)).toBeUndefined();
	expect(readHandoff(`#user_id=a%0Ab&token=${ana.token}`)).toBeUndefined();
});

test('the encrypted address is at this host, on its own port', () => {
	expect(secureAddress(8443, '192.168.1.24')).toBe('https://192.168.1.24:8443/');
	expect(secureAddress(443, 'belfry.local')).toBe('https://belfry.local/');
});
