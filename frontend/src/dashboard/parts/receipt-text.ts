import { clock, number } from '../../lib/format';
import type { Receipts, Recipient } from '../operator/operator';
import { notYet } from '../state/receipts.svelte';

/** Receipts in a line: "18 of 23 read · 16 confirmed", "All 38 read". asks: there is a button to confirm with. */
export function inLine({ sent, read, acked }: Receipts, asks: boolean): string {
	if (sent === 0) return 'No one was in the room';
	const [all, n] = [number(sent), number(read)];
	if (asks && acked === sent) return `All ${all} confirmed`;
	if (asks) return `${n} of ${all} read · ${number(acked)} confirmed`;
	return read === sent ? `All ${all} read` : `${n} of ${all} read`;
}

/** What an announcement waits for, done: "39 of 56 confirmed". */
export function doneOf({ sent, read, acked }: Receipts, asks: boolean): string {
	return `${number(asks ? acked : read)} of ${number(sent)} ${asks ? 'confirmed' : 'read'}`;
}

/** The same, missing: "17 have not confirmed". */
export function missingOf(counts: Receipts, asks: boolean): string {
	const missing = notYet(counts, asks);
	return `${number(missing)} ${missing === 1 ? 'has' : 'have'} not ${asks ? 'confirmed' : 'read it'}`;
}

/** All counts in words, for screen readers. */
export function inFull({ sent, received, read, acked }: Receipts, asks: boolean): string {
	const words = [`${number(sent)} sent`, `${number(received)} received`, `${number(read)} read`];
	if (asks) words.push(`${number(acked)} confirmed`);
	return words.join(', ');
}

/** Receipts of a message to one person: "Read 10:39". */
export function ofOne(who: Recipient | undefined, asks: boolean): string {
	if (!who) return '';
	if (who.acked && asks) return `Confirmed ${clock(who.acked)}`;
	if (who.read) return `Read ${clock(who.read)}${asks ? ' · not confirmed' : ''}`;
	return who.received ? `Received ${clock(who.received)} · not read` : 'Not received yet';
}
