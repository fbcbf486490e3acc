import { readdirSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import lateReads from './eslint/late-reads.js';
import svelteConfig from './svelte.config.js';

/** Forbids imports whose path matches; the arrows are drawn in docs/architecture.md. */
const never = (...rules) => ({
	'no-restricted-imports': ['error', { patterns: rules.map(([regex, message]) => ({ regex, message })) }],
});

// All that the rules read of svelte.config.js: its functions can be no part of a cache's key.
const { runes } = svelteConfig.compilerOptions;

const CLIENT = [String.raw`/client(/|$)`, 'Only the client page imports src/client.'];
const DASHBOARD = [String.raw`/dashboard(/|$)`, 'Only the dashboard imports src/dashboard.'];
const BINDINGS = [String.raw`wailsjs`, 'Only wails.ts and models.types.ts import the generated bindings.'];
const OUTSIDE_UI = [String.raw`^\.\./`, 'lib/ui imports lib/ui alone.'];

// What every folder of the dashboard may import besides itself and lib.
const SHARED = ['operator/', 'state/', 'parts/', 'context$', 'view\\.svelte$'];

// The folders that import more or less than that.
const FOLDERS = {
	operator: [],
	state: ['operator/'],
	programs: [...SHARED, 'settings/Section'],
	room: [...SHARED, 'join/'],
	settings: [...SHARED, 'programs/ProgramsSection'],
	setup: [...SHARED, 'join/'],
	status: [...SHARED, 'join/'],
};

// They put the page together out of the folders. So does App.svelte, which stands above them.
const COMPOSITION = ['shell/Dialogs.svelte', 'room/RoomPage.svelte', 'room/Side.svelte'].map(
	(f) => `src/dashboard/${f}`,
);
const GENERATED = ['wails.ts', 'models.types.ts'].map((f) => `src/dashboard/operator/${f}`);

const folders = readdirSync(new URL('src/dashboard', import.meta.url), { withFileTypes: true }).filter((entry) =>
	entry.isDirectory(),
);
const folderRules = folders.map(({ name }) => {
	const others = ['\\.\\./lib/', ...(FOLDERS[name] ?? SHARED)];
	return {
		files: [`src/dashboard/${name}/**`],
		ignores: [...COMPOSITION, ...GENERATED],
		rules: never(
			[String.raw`^\.\./(?!${others.join('|')})`, `dashboard/${name} may not import this folder.`],
			CLIENT,
			BINDINGS,
		),
	};
});

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
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig: { compilerOptions: { runes } } } },
		plugins: { belfry: { rules: { 'late-reads': lateReads } } },
		rules: {
			'belfry/late-reads': 'error',
			'svelte/no-at-html-tags': 'error',
			// Under the CSP a style that stands in a template breaks the page; style: directives go through the CSSOM.
			'svelte/no-inline-styles': ['error', { allowTransitions: true }],
			// Keyed sets and maps here are plain data, replaced as a whole.
			'svelte/prefer-svelte-reactivity': 'off',
			// There is no SvelteKit, so there are no routes to resolve.
			'svelte/no-navigation-without-resolve': 'off',
		},
	},
	{ files: ['src/dashboard/*', ...COMPOSITION], rules: never(CLIENT, BINDINGS) },
	{ files: GENERATED, rules: never(CLIENT) },
	...folderRules,
	{ files: ['src/client/**'], rules: never(DASHBOARD, BINDINGS) },
	{ files: ['src/trust/**'], rules: never(CLIENT, DASHBOARD, BINDINGS) },
	{ files: ['src/lib/**'], ignores: ['src/lib/ui/**'], rules: never(CLIENT, DASHBOARD, BINDINGS) },
	{ files: ['src/lib/ui/**'], rules: never(OUTSIDE_UI, BINDINGS) },
);
