import { LIMITS } from '../../lib/protocol';

/** Topic name for a title: lower-case letters, digits, dash, underscore and dots, at most 64 bytes. */
export function slug(title: string): string {
	return title
		.normalize('NFD')
		.replace(/\p{M}+/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9._-]+/g, '-')
		.replace(/^[-.]+|[-.]+$/g, '')
		.slice(0, LIMITS.topic);
}

/** Why this cannot be a topic's name, in a sentence; "" where it can. */
export function refuse(name: string, taken: readonly string[]): string {
	if (name === '') return 'A topic needs a name.';
	if (!/^[a-z0-9._-]+$/.test(name)) return 'A name has lower-case letters, digits, dashes, underscores and dots only.';
	if (name.length > LIMITS.topic) return `A name has at most ${LIMITS.topic} letters.`;
	return taken.includes(name) ? `There is a topic ${name} already.` : '';
}
