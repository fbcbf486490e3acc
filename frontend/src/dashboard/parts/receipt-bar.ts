import type { Receipts } from '../operator/operator';

/** Greatest width of a receipt bar, so that the texts beside bars form a column. */
const WIDTH = 116;
const WIDEST_PITCH = 8;

export type Stage = 'ack' | 'read' | 'got' | 'none';

/** A stroke of the bar: one person, or a segment for many. */
export interface Stroke {
	stage: Stage;
	x: number;
	width: number;
	height: number;
}

/** Receipts as strokes, one a person; for too many people, as one bar in proportion. */
export function strokesOf(counts: Receipts, asks: boolean, height: number): Stroke[] {
	const stages = stagesOf(counts, asks);
	const pitch = Math.min(WIDEST_PITCH, Math.floor(WIDTH / Math.max(1, counts.sent)));
	return pitch >= 2 ? oneEach(stages, pitch, height, asks) : inProportion(stages, counts.sent, height, asks);
}

/** People at each stage, the furthest first. A message without acknowledgement is done when it is read. */
function stagesOf({ sent, received, read, acked }: Receipts, asks: boolean): [Stage, number][] {
	const ack = asks ? acked : 0;
	return [
		['ack', ack],
		['read', Math.max(0, read - ack)],
		['got', Math.max(0, received - Math.max(read, ack))],
		['none', Math.max(0, sent - Math.max(received, read, ack))],
	];
}

function oneEach(stages: [Stage, number][], pitch: number, height: number, asks: boolean): Stroke[] {
	const width = pitch - (pitch >= 7 ? 2 : 1);
	const people = stages.flatMap(([stage, count]) => Array<Stage>(count).fill(stage));
	return people.map((stage, i) => ({ stage, x: i * pitch, width, height: heightOf(stage, height, asks) }));
}

// Segments are rounded down, so that the bar is full only when everybody has the message.
function inProportion(stages: [Stage, number][], sent: number, height: number, asks: boolean): Stroke[] {
	const strokes: Stroke[] = [];
	let people = 0;
	let x = 0;
	for (const [stage, count] of stages) {
		people += count;
		const end = Math.floor((WIDTH * people) / sent);
		if (end > x) strokes.push({ stage, x, width: end - x, height: heightOf(stage, height, asks) });
		x = end;
	}
	return strokes;
}

function heightOf(stage: Stage, height: number, asks: boolean): number {
	if (stage === 'ack' || (stage === 'read' && !asks)) return height;
	return Math.round(height * { read: 0.63, got: 0.38, none: 0.15 }[stage]);
}
