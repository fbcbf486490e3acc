import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
	preprocess: vitePreprocess(),
	compilerOptions: {
		runes: true,
		// Short names of styles' scopes: each stands in script and style, and a phone loads them all.
		cssHash: ({ hash, css }) => `s${hash(css).slice(0, 4)}`,
	},
};
