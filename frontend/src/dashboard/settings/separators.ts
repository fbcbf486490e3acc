const NAMES: Record<string, string> = {
	'': 'one name a line',
	',': 'comma',
	';': 'semicolon',
	'\t': 'tab',
	'|': 'vertical bar',
};

/** What stands between the fields of a table, in words. */
export function separatorName(separator: string): string {
	return NAMES[separator] ?? `“${separator}”`;
}
