import type { Access } from '../../lib/protocol';

/** Who can join, as the first steps offer it. */
export const WHO_CAN_JOIN: readonly { access: Access; title: string; note: string; risk?: string }[] = [
	{ access: 'code', title: 'Anyone with the join code', note: 'Six digits to type, or scan the QR code.' },
	{ access: 'approval', title: 'Only people you let in', note: 'Each person waits until you approve.' },
	{
		access: 'list',
		title: 'Only people on a list',
		note: 'Everyone gets a code of their own. Add the names under Settings, Access.',
	},
	{
		access: 'open',
		title: 'Anyone',
		note: 'A name is enough.',
		risk: 'anyone on this network can join and read.',
	},
];

export function whoCanJoin(access: Access): string {
	return WHO_CAN_JOIN.find((one) => one.access === access)?.title ?? '';
}
