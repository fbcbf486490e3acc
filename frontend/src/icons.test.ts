import { expect, test } from 'vitest';

// As text: what a page names and what is drawn there meet only in the browser, where a missing icon is a silent gap.
const read = (files: Record<string, unknown>): string => Object.values(files).join('\n');
const client = read(import.meta.glob('./client/**/*.svelte', { query: '?raw', import: 'default', eager: true }));
const sprites = import.meta.glob<string>(['./lib/ui/Sprite.svelte', './dashboard/shell/DashboardSprite.svelte'], {
	query: '?raw',
	import: 'default',
	eager: true,
});

const drawnIn = (file: string): string[] =>
	[...sprites[file]!.matchAll(/id="i-([a-z-]+)"/g)].map(([, name]) => name!).sort();

test('the client page draws every icon that it names', () => {
	const here = drawnIn('./lib/ui/Sprite.svelte');
	const there = drawnIn('./dashboard/shell/DashboardSprite.svelte');
	const named = [...client.matchAll(/<Icon name="([a-z-]+)"/g)].map(([, name]) => name!);
	expect(named.length).toBeGreaterThan(20);
	expect([...new Set(named)].filter((name) => !here.includes(name))).toEqual([]);
	expect(here.filter((name) => there.includes(name))).toEqual([]);
});
