import { number } from '../../lib/format';
import { count } from '../../lib/plural';
import type { Stats } from '../operator/operator';

const MINUTES = 10;

/** Data of the chart: the last ten minutes. */
export interface Figures {
	/** Connections at each sample of the ten minutes; null before there was a server. */
	connected: (number | null)[];
	/** Messages in each of the ten minutes, the last one up to now. */
	perMinute: number[];
	least: number;
	most: number;
	/** The chart in a sentence. */
	sentence: string;
}

/** Reads the samples: the line as it is, the messages in minutes counted back from now. */
export function readFigures({ step, clients, messages }: Stats): Figures {
	const inMinute = Math.max(1, Math.round(60 / step));
	const perMinute: number[] = [];
	for (let end = messages.length; perMinute.length < MINUTES; end -= inMinute) {
		perMinute.unshift(
			messages.slice(Math.max(0, end - inMinute), Math.max(0, end)).reduce((sum, count) => sum + count, 0),
		);
	}
	const least = clients.length > 0 ? Math.min(...clients) : 0;
	const most = clients.length > 0 ? Math.max(...clients) : 0;
	const missing = Math.max(0, MINUTES * inMinute - clients.length);
	const connected = [...Array<null>(missing).fill(null), ...clients];
	return { connected, perMinute, least, most, sentence: say(clients, perMinute, least, most) };
}

function say(clients: number[], perMinute: number[], least: number, most: number): string {
	const now = clients.at(-1) ?? 0;
	const mostMessages = Math.max(0, ...perMinute);
	if (most === 0 && mostMessages === 0) return 'Last ten minutes: no device has connected yet.';
	const line =
		least === most
			? `${count(now, 'device')} connected throughout.`
			: `between ${number(least)} and ${count(most, 'device')} connected, ${number(now)} now.`;
	const bars =
		mostMessages === 0
			? 'No messages.'
			: `Up to ${count(mostMessages, 'message')} a minute, ${number(perMinute.at(-1) ?? 0)} in the last one.`;
	return `Last ten minutes: ${line} ${bars}`;
}

/** The round trip that half of the devices are faster than; undefined where none is measured. -1: not measured. */
export function median(trips: readonly number[]): number | undefined {
	const sorted = trips.filter((trip) => trip >= 0).sort((a, b) => a - b);
	return sorted[Math.floor((sorted.length - 1) / 2)];
}
