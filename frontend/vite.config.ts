import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The Go server that `npm run dev` passes sockets and API calls on to.
const server = process.env.BELFRY_DEV_SERVER ?? 'http://127.0.0.1:8000';

// Origin is rewritten too: the server refuses a socket whose Origin is not its own host.
const proxy = Object.fromEntries(
	['/ws', '/room', '/session', '/healthz'].map((path) => [
		path,
		{ target: server, ws: true, changeOrigin: true, headers: { origin: server } },
	]),
);

function entry(mode: string): Record<string, string> {
	return mode === 'client' ? { client: 'client.html' } : { dashboard: 'index.html' };
}

// Two builds, one a page: what the dashboard alone needs of a shared chunk would weigh on every phone.
export default defineConfig(({ mode }) => ({
	plugins: [svelte()],
	// Svelte's browser build, also under vitest: components are mounted there.
	resolve: process.env.VITEST ? { conditions: ['browser'] } : undefined,
	server: { proxy, strictPort: true },
	build: {
		target: ['es2022', 'safari16'],
		// Pages run under "default-src 'none'": nothing may be inlined as data: but images.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		emptyOutDir: mode !== 'client',
		rollupOptions: { input: entry(mode) },
	},
	test: { environment: 'happy-dom', include: ['src/**/*.test.ts'], restoreMocks: true },
}));
