import { expect, test } from 'vitest';
import type { State } from '../operator/operator';
import { pageAddress, showing } from './page-address';

const lan = {
	url: 'http://192.168.1.24:8000/',
	host: '192.168.1.24',
	port: ':8000',
	kind: 'wifi',
	interface: 'wlan0',
	default: true,
};
const state = {
	address: lan,
	addresses: [lan],
	join_url: `${lan.url}#code=abc`,
	secure: { port: 8443 },
} as unknown as State;

test.each([
	['https://example.org/belfry/server', 'https://example.org/belfry/', 'example.org', '/belfry'],
	['https://example.org/server#x', 'https://example.org/', 'example.org', ''],
	['http://10.0.0.1:8080/b/server', 'http://10.0.0.1:8080/b/', '10.0.0.1', ':8080/b'],
	['http://192.168.1.24/server', 'http://192.168.1.24/', '192.168.1.24', ''],
])('%s was opened through a proxy', (page, url, host, port) => {
	expect(pageAddress(state, page)).toMatchObject({ url, host, port, kind: 'page' });
});

test.each([
	'http://192.168.1.24:8000/server',
	'https://192.168.1.24:8443/server',
	'http://localhost:9000/server',
	'http://127.0.0.1:8080/belfry/server',
	'http://[::1]:8000/server',
	'wails://wails/',
])('%s is none to show', (page) => {
	expect(pageAddress(state, page)).toBeUndefined();
});

test('the way in keeps its secret at the other address', () => {
	const address = pageAddress(state, 'https://example.org/belfry/server')!;
	expect(showing(state, address).join_url).toBe('https://example.org/belfry/#code=abc');
});
