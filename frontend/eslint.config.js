import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Forbids imports whose path matches; the arrows are drawn in docs/architecture.md. */
const never = (...rules) => ({
	'no-restricted-imports': ['error', { patterns: rules.map(([regex, message]) => ({ regex, message })) }],
});

const CLIENT = [String.raw`/client(/|$)`, 'Only the client page imports src/client.'];
const DASHBOARD = [String.raw`/dashboard(/|$)`, 'Only the dashboard imports src/dashboard.'];
const BINDINGS = [String.raw`wailsjs`, 'Only dashboard/operator/wails.ts imports the generated bindings.'];
const OUTSIDE_UI = [String.raw`^\.\./`, 'lib/ui imports lib/ui alone.'];

export default defineConfig(
	{ ignores: ['dist/', 'wailsjs/', 'node_modules/'] },
	...ts.configs.recommended,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			// TypeScript knows better which names exist.
			'no-undef': 'off',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
		},
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
		rules: {
			'svelte/no-at-html-tags': 'error',
			// Under the CSP a style that stands in a template breaks the page; style: directives go through the CSSOM.
			'svelte/no-inline-styles': ['error', { allowTransitions: true }],
			// Keyed sets and maps here are plain data, replaced as a whole.
			'svelte/prefer-svelte-reactivity': 'off',
			// There is no SvelteKit, so there are no routes to resolve.
			'svelte/no-navigation-without-resolve': 'off',
		},
	},
	{ files: ['src/dashboard/**'], ignores: ['src/dashboard/operator/wails.ts'], rules: never(CLIENT, BINDINGS) },
	{ files: ['src/client/**'], rules: never(DASHBOARD, BINDINGS) },
	{ files: ['src/trust/**'], rules: never(CLIENT, DASHBOARD, BINDINGS) },
	{ files: ['src/lib/**'], ignores: ['src/lib/ui/**'], rules: never(CLIENT, DASHBOARD, BINDINGS) },
	{ files: ['src/lib/ui/**'], rules: never(OUTSIDE_UI, BINDINGS) },
);
