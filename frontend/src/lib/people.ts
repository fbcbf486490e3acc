const GUEST = 'guest-';
const PLAIN = /^[\u0000-\u007f]*$/;

/**
 * What somebody is called on the page: the name they gave, else a guest's short number, else the id they gave. That is
 * no name, and is not shown as one: it may read as anybody's, since only names are held and looked at.
 */
export function displayName(userID: string | undefined, name: string): string {
	if (name) return name;
	if (!userID) return 'Somebody';
	if (userID.startsWith(GUEST)) return `Guest ${userID.slice(userID.lastIndexOf('-') + 1).slice(-6)}`;
	return `No name (${userID.replace(/\p{C}/gu, '')})`;
}

/** Text as it is compared when somebody searches or sorts: without case and without accents. */
export function fold(text: string): string {
	const lower = text.toLowerCase();
	// Taking letters apart costs ten times as much, and a search folds every message there is.
	return PLAIN.test(lower) ? lower : lower.normalize('NFD').replace(/\p{M}+/gu, '');
}
