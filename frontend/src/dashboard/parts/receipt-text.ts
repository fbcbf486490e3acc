import { clock, number } from '../../lib/format';
import type { Receipts, Recipient } from '../operator/operator';

/** "understood", or which button they pressed. */
export function acked(ack: string): string {
	return ack === 'Understood' ? 'understood' : `pressed “${ack}”`;
}

/** Receipts in a line: "18 of 23 read, 16 understood", "all 38 read". */
export function inLine({ sent, read, acked: presses }: Receipts, ack: string | undefined): string {
	if (sent === 0) return 'Nobody was there to receive it';
	const [all, n] = [number(sent), number(read)];
	if (ack !== undefined && presses === sent) return `all ${all} ${acked(ack)}`;
	if (ack !== undefined) return `${n} of ${all} read, ${number(presses)} ${acked(ack)}`;
	return read === sent ? `all ${all} read` : `${n} of ${all} read`;
}

/** All counts in words, for screen readers. */
export function inFull({ sent, received, read, acked: presses }: Receipts, ack: string | undefined): string {
	const words = [`${number(sent)} sent`, `${number(received)} received`, `${number(read)} read`];
	if (ack !== undefined) words.push(`${number(presses)} ${acked(ack)}`);
	return words.join(', ');
}

/** Receipts of a message to one person: "Read 10:39". */
export function ofOne(who: Recipient | undefined, ack: string | undefined): string {
	if (!who) return '';
	if (who.acked && ack) return `${ack === 'Understood' ? 'Understood' : `Pressed “${ack}”`} ${clock(who.acked)}`;
	if (who.read) return `Read ${clock(who.read)}${ack ? `, not yet ${acked(ack)}` : ''}`;
	return who.received ? `Received ${clock(who.received)}, not read yet` : 'Not received yet';
}
