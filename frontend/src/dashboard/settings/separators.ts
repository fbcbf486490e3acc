const NAMES: Record<string, string> = {
	'': 'one name per line',
	',': 'comma',
	';': 'semicolon',
	'\t': 'tab',
	'|': 'vertical bar',
};

/** What separates the fields of a table, in words. */
export function separatorName(separator: string): string {
	return NAMES[separator] ?? `“${separator}”`;
}
