import type { Kind } from '../state/filter';

/** What of the feed can be shown, in words. */
export const KINDS: Record<Kind, string> = {
	all: 'Everything',
	'to-you': 'Only to you',
	'from-you': 'From you',
	programs: 'From programs',
	marked: 'Important, urgent',
};
