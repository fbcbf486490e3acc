import { LIMITS, type Topic } from '../../lib/protocol';
import { fold } from '../../lib/people';

/** ID for a topic's name: lower-case letters, digits, dash, underscore and dots, at most 64 bytes; "" where none is left. */
export function slug(name: string): string {
	return name
		.normalize('NFD')
		.replace(/\p{M}+/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9._-]+/g, '-')
		.replace(/^[-.]+|[-.]+$/g, '')
		.slice(0, LIMITS.topic);
}

/** An ID for a name that no topic has yet: "line-2", else "line-2-2"; a name without Latin letters gets "topic-1". */
export function freeID(name: string, taken: readonly string[]): string {
	const base = slug(name);
	if (base && !taken.includes(base)) return base;
	for (let n = base ? 2 : 1; ; n++) {
		const end = `-${n}`;
		const id = `${(base || 'topic').slice(0, LIMITS.topic - end.length)}${end}`;
		if (!taken.includes(id)) return id;
	}
}

/** Why this cannot be a topic's ID, in a sentence; "" where it can. */
export function refuseID(id: string, taken: readonly string[]): string {
	if (id === '') return 'Enter an ID.';
	if (!/^[a-z0-9._-]+$/.test(id))
		return 'An ID can have lower-case letters, digits, dashes, underscores and dots. Change the ID.';
	if (id.length > LIMITS.topic) return `An ID can have up to ${LIMITS.topic} letters. Enter a shorter one.`;
	return taken.includes(id) ? `Another topic has the ID ${id}. Enter another one.` : '';
}

/** Why people could not tell a topic of this name from the others, in a sentence; "" where they can. */
export function refuseName(name: string, topics: readonly Topic[]): string {
	if (name === '') return 'Enter a name.';
	const same = topics.find(({ topic, title }) => fold(title || topic) === fold(name));
	if (!same) return '';
	return same.archived
		? `An archived topic is called ${same.title}. Reopen it, or enter another name.`
		: `There is already a topic called ${same.title}. Enter another name.`;
}
