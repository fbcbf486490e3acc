import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// The Go server that `npm run dev` passes sockets and API calls on to.
const server = process.env.BELFRY_DEV_SERVER ?? 'http://127.0.0.1:8000';

// Origin is rewritten too: the server refuses a socket whose Origin is not its own host.
const proxy = Object.fromEntries(
	['/ws', '/room', '/session', '/healthz', '/trust/'].map((path) => [
		path,
		{ target: server, ws: true, changeOrigin: true, headers: { origin: server } },
	]),
);

function entry(mode: string): Record<string, string> {
	if (mode === 'client') return { client: 'client.html' };
	return mode === 'trust' ? { trust: 'trust.html' } : { dashboard: 'index.html' };
}

// What the client page loads later is small and has no styles of its own: Vite's helper that fetches such things ahead
// would weigh more on every phone than it could save.
const light: Plugin = {
	name: 'no-preload-helper',
	enforce: 'pre',
	load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : undefined),
};

// A build each page: what the dashboard alone needs of a shared chunk would weigh on every phone.
export default defineConfig(({ mode }) => ({
	// Behind a proxy Belfry may have a path of its own.
	base: './',
	plugins: mode === 'client' ? [svelte(), light] : [svelte()],
	// Svelte's browser build, also under vitest: components are mounted there.
	resolve: process.env.VITEST ? { conditions: ['browser'] } : undefined,
	server: { proxy, strictPort: true },
	build: {
		target: ['es2022', 'safari16'],
		// Pages run under "default-src 'none'": nothing may be inlined as data: but images.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		emptyOutDir: mode !== 'client' && mode !== 'trust',
		rollupOptions: { input: entry(mode) },
	},
	test: {
		environment: 'happy-dom',
		// Each file has a world of its own either way. A process for each one would read happy-dom anew, which takes eight times as
		// long as all tests.
		pool: 'vmThreads',
		include: ['src/**/*.test.ts'],
		setupFiles: ['vitest.setup.ts'],
		restoreMocks: true,
	},
}));
