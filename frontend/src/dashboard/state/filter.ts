import { fold } from '../../lib/people';
import type { Message } from '../../lib/protocol';
import { isByPerson, writerOf } from './sender';

/** Which messages: all, what people wrote to the operator alone, what the operator or programs wrote, or what is marked. */
export type Kind = 'all' | 'to-you' | 'from-you' | 'programs' | 'marked';

/** What the feed shows. topic and userID choose what is read from the log, the rest what of it is shown. */
export interface Filter {
	words: string;
	topic: string;
	userID: string;
	kind: Kind;
}

const OF_KIND: Record<Kind, (message: Message) => boolean> = {
	all: () => true,
	'to-you': (message) => message.audience === 'private' && isByPerson(message),
	'from-you': (message) => message.from.operator === true,
	programs: (message) => message.from.program === true,
	marked: (message) => (message.priority ?? 3) >= 4,
};

/** Whether a message passes: of this kind, and every word somewhere in its text, title, labels, topic or sender. */
export function matcher({ words, kind }: Filter): (message: Message) => boolean {
	const ofKind = OF_KIND[kind];
	const wanted = fold(words).split(/\s+/).filter(Boolean);
	if (wanted.length === 0) return ofKind;
	return (message) => {
		if (!ofKind(message)) return false;
		const { from, topic, title, tags = [] } = message;
		const text = fold([writerOf(from), topic, title, message.message, ...tags].join('\n'));
		return wanted.every((word) => text.includes(word));
	};
}
