import type { Message, ServerFrame, Topic } from '../../lib/protocol';

type Fields = Record<string, unknown>;

/**
 * Decodes a frame of the server; undefined for an unknown one, which is ignored: a newer server may send more than this
 * page understands. Only the fields that the page relies on are checked.
 */
export function decode(value: unknown): ServerFrame | undefined {
	if (!isObject(value)) return undefined;
	return isKnown(value) ? (value as unknown as ServerFrame) : undefined;
}

function isKnown(frame: Fields): boolean {
	switch (frame.type) {
		case 'welcome':
			return isText(frame.user_id) && isNumber(frame.seq) && isText(frame.epoch) && isList(frame.nodes ?? [], isText);
		case 'nodes':
			return isList(frame.nodes, isText);
		case 'topics':
			return isList(frame.topics, isTopic);
		case 'message':
			return isMessage(frame);
		case 'accepted':
			return isText(frame.id) && isNumber(frame.seq) && isText(frame.time);
		case 'error':
			return isText(frame.code) && isText(frame.message);
		case 'counts':
			return isNumber(frame.subscribers) && isNumber(frame.clients);
		case 'recovered':
			return isNumber(frame.from) && isNumber(frame.to);
		case 'history':
			return isList(frame.messages, isMessage) && isList(frame.acked, isNumber);
		case 'withdrawn':
			return isNumber(frame.seq) && isNumber(frame.of);
		case 'acked':
			return isNumber(frame.seq) && isText(frame.time);
		case 'joined':
		case 'parted':
			return isList(frame.topics, isText);
		case 'seen':
			return isNumber(frame.seq);
		case 'muted':
			return typeof frame.muted === 'boolean';
		case 'room':
			return isText(frame.name) && isText(frame.operator);
		case 'waiting':
			return true;
		case 'remind':
			return isNumber(frame.seq);
		default:
			return false;
	}
}

function isMessage(frame: unknown): frame is Message {
	if (!isObject(frame)) return false;
	const { seq, time, audience, from, message, tags = [], click = '' } = frame;
	return (
		isNumber(seq) &&
		isText(time) &&
		isText(audience) &&
		isText(message) &&
		isObject(from) &&
		isText(from.name) &&
		isList(tags, isText) &&
		isText(click)
	);
}

function isTopic(value: unknown): value is Topic {
	return isObject(value) && isText(value.topic) && isText(value.title) && isText(value.kind);
}

const isObject = (value: unknown): value is Fields =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isList = (value: unknown, is: (item: unknown) => boolean): boolean => Array.isArray(value) && value.every(is);
const isNumber = (value: unknown): value is number => typeof value === 'number';
