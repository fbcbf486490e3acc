import { displayName, fold } from '../../lib/people';
import type { Message } from '../../lib/protocol';

/** Which messages: all, what people wrote to the operator alone, what the operator wrote, or what is marked. */
export type Kind = 'all' | 'to-you' | 'from-you' | 'marked';

/** What the feed shows. topic and userID choose what is read from the log, the rest what of it is shown. */
export interface Filter {
	words: string;
	topic: string;
	userID: string;
	kind: Kind;
}

const OF_KIND: Record<Kind, (message: Message) => boolean> = {
	all: () => true,
	'to-you': (message) => message.audience === 'private' && !message.from.operator,
	'from-you': (message) => message.from.operator === true,
	marked: (message) => (message.priority ?? 3) >= 4,
};

/** Whether a message passes: of this kind, and every word somewhere in its text, title, topic or sender. */
export function matcher({ words, kind }: Filter): (message: Message) => boolean {
	const ofKind = OF_KIND[kind];
	const wanted = fold(words).split(/\s+/).filter(Boolean);
	if (wanted.length === 0) return ofKind;
	return (message) => {
		if (!ofKind(message)) return false;
		const from = message.from.operator ? 'you' : displayName(message.from.user_id, message.from.name);
		const text = fold([from, message.topic, message.title, message.message].join('\n'));
		return wanted.every((word) => text.includes(word));
	};
}
