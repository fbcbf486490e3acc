const GUEST = 'guest-';

/** What somebody is called on the page: the name they gave, else a guest's short number, else the id they gave. */
export function called(userID: string | undefined, name: string): string {
	if (name) return name;
	if (!userID) return 'Somebody';
	return userID.startsWith(GUEST) ? `Guest ${userID.slice(userID.lastIndexOf('-') + 1).slice(-6)}` : userID;
}

/** Text as it is compared when somebody searches or sorts: without case and without accents. */
export function fold(text: string): string {
	return text
		.normalize('NFD')
		.replace(/\p{M}+/gu, '')
		.toLowerCase();
}
