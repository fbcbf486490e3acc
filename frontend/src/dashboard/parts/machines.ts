import { number } from '../../lib/format';
import { count } from '../../lib/plural';
import type { Machine } from '../operator/operator';

/** So far behind is more than the moment that a change takes from one machine to the next. */
const BEHIND = 100;

/** How a machine is, in a few words; well: it needs no attention. */
export function machineState({ state, differs, behind }: Machine): { well: boolean; words: string } {
	if (state === 'missing') return { well: false, words: 'not there' };
	if (state === 'silent') return { well: false, words: 'does not answer' };
	if (state === 'cut_off') return { well: false, words: 'cut off from the others' };
	if (differs) return { well: false, words: 'does not have the same messages' };
	if (behind >= BEHIND) return { well: false, words: `${number(behind)} changes behind` };
	return { well: true, words: 'working' };
}

/**
 * What is wrong with the machines, as a heading and a sentence; undefined where all are well. That this one is cut off is said
 * by itself.
 */
export function machinesTrouble(machines: readonly Machine[]): { title: string; says: string } | undefined {
	const ill = machines.filter((one) => !machineState(one).well && !(one.this && one.state === 'cut_off'));
	const says = machines.find((one) => one.this)?.trouble ?? '';
	const [first] = ill;
	if (!first) return says ? { title: 'A machine needs attention', says } : undefined;
	if (ill.length === 1) return { title: `${first.node}: ${machineState(first).words}`, says };
	return { title: `${count(ill.length, 'machine')} of ${machines.length} need attention`, says };
}

/** The other machines at which one can go on: those that work and say where they are. */
export const working = (machines: readonly Machine[] = []): Machine[] =>
	machines.filter((one) => !one.this && one.url !== '' && one.state === 'working');

/** The address of a machine's dashboard. */
export const dashboardAt = ({ url }: Machine): string => `${url}server`;

/** What a list that is asked of all machines does not have; "" where it has everything. */
export function missingWords(missing: readonly string[] | undefined, what: string): string {
	if (!missing || missing.length === 0) return '';
	return `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not answer: ${what} there may not be shown.`;
}
