/** What tells sessions apart that have the same browser and address: the end of a session's ID. */
export function sessionName(id: string): string {
	const connection = /^connection-(\d+)$/.exec(id);
	return connection ? `connection ${connection[1]}` : `session ${id.slice(-4)}`;
}
