import type { FindQuery } from '../operator/operator';

/** What a search can be narrowed to, in words. */
export const KINDS: Record<FindQuery['kind'], string> = {
	'': 'Everything',
	announcement: 'Announcements',
	chat: 'In topics',
	private: 'Private',
};
