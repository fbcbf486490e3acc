import { expect, it } from 'vitest';
import { folder, socketAddress, withOrigin } from './address';

it.each([
	['/', '/'],
	['/server', '/'],
	['/belfry/', '/belfry/'],
	['/belfry/server', '/belfry/'],
	['/a/b/trust', '/a/b/'],
	['blank', '/'],
])('finds the folder of %s', (path, expected) => {
	expect(folder(path)).toBe(expected);
});

it.each([
	['http://10.0.0.7:8000/', 'ws://10.0.0.7:8000/ws/client'],
	['http://10.0.0.7:8000/server#token=x', 'ws://10.0.0.7:8000/ws/client'],
	['https://example.org/belfry/', 'wss://example.org/belfry/ws/client'],
	['https://example.org/belfry/server?x=1', 'wss://example.org/belfry/ws/client'],
])('dials the server of %s', (page, expected) => {
	expect(socketAddress('ws/client', page)).toBe(expected);
});

it('names the origin of the page', () => {
	expect(withOrigin('ws/client')).toBe(`ws/client?origin=${encodeURIComponent(location.origin)}`);
});
