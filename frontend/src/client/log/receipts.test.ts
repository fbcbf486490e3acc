import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientFrame, Message } from '../../lib/protocol';
import { ReceiptSender } from './receipts';

const said: string[] = [];
const message = (seq: number, topic = ''): Message =>
	({ seq, audience: topic ? 'topic' : 'everyone', ...(topic && { topic }) }) as Message;

function make(random = () => 0): ReceiptSender {
	const send = (frame: ClientFrame) => {
		const { action, seq, topic } = frame as Extract<ClientFrame, { action: 'read' }>;
		return said.push(`${action} ${seq}${topic ? ` ${topic}` : ''}`) > 0;
	};
	return new ReceiptSender(send, random);
}

function heard(after = 400): string[] {
	vi.advanceTimersByTime(after);
	return said.splice(0);
}

beforeEach(() => {
	vi.useFakeTimers();
	said.length = 0;
});
afterEach(() => vi.useRealTimers());

describe('ReceiptSender', () => {
	it('tells many at once, each stream by itself', () => {
		const receipts = make();
		receipts.online();
		for (const seq of [5, 6, 8]) receipts.arrived(message(seq, 'kitchen'), false);
		receipts.arrived(message(7), false);
		expect(heard()).toEqual(['received 8 kitchen', 'received 7']);
		expect(heard()).toEqual([]);
	});

	it('answers after another while each time, so that not all pages answer in one moment', () => {
		const numbers = [0.5, 1, 0];
		const receipts = make(() => numbers.shift()!);
		receipts.online();
		receipts.arrived(message(5), false);
		expect([heard(799), heard(1)]).toEqual([[], ['received 5']]);
		receipts.arrived(message(6), false);
		receipts.arrived(message(7), false);
		expect([heard(1_199), heard(1)]).toEqual([[], ['received 7']]);
		receipts.shown(message(5));
		expect([heard(399), heard(1)]).toEqual([[], ['read 5']]);
	});

	it('says at once what is due when the page may end', () => {
		const receipts = make(() => 1);
		receipts.online();
		receipts.arrived(message(5), false);
		receipts.shown(message(5));
		receipts.flush();
		expect(heard(0)).toEqual(['read 5']);
		receipts.flush();
		expect(heard(1_200)).toEqual([]);
	});

	it('stops "read" before the first that was not shown', () => {
		const receipts = make();
		receipts.online();
		for (const seq of [5, 6, 7]) receipts.arrived(message(seq), false);
		heard();
		receipts.shown(message(7));
		expect(heard()).toEqual([]);
		receipts.shown(message(5));
		expect(heard()).toEqual(['read 5']);
		receipts.shown(message(6));
		expect(heard()).toEqual(['read 7']);
	});

	it('counts one’s own as shown', () => {
		const receipts = make();
		receipts.online();
		receipts.arrived(message(5), false);
		receipts.shown(message(5));
		receipts.arrived(message(6), true);
		expect(heard()).toEqual(['read 6']);
	});

	it('is silent until the server listens, and says it again on the next connection', () => {
		const receipts = make();
		receipts.arrived(message(5), false);
		expect(heard()).toEqual([]);
		receipts.online();
		expect(heard()).toEqual(['received 5']);
		receipts.offline();
		receipts.shown(message(5));
		receipts.online();
		expect(heard()).toEqual(['read 5']);
	});

	it('never passes what it could not show, also when the page is loaded again', () => {
		const receipts = make();
		receipts.arrived(message(5), false);
		for (let seq = 6; seq < 400; seq++) receipts.arrived(message(seq), false);
		const again = make();
		again.restore(JSON.parse(JSON.stringify(receipts.keep())));
		for (let seq = 300; seq < 400; seq++) again.loaded(message(seq));
		again.online();
		heard();
		for (let seq = 300; seq < 400; seq++) again.shown(message(seq));
		expect(heard()).toEqual([]);
		for (let seq = 5; seq < 300; seq++) again.loaded(message(seq));
		for (let seq = 5; seq < 300; seq++) again.shown(message(seq));
		expect(heard()).toEqual(['read 399']);
	});

	it('begins anew after what was left out', () => {
		const receipts = make();
		receipts.arrived(message(5), false);
		receipts.arrived(message(90), false);
		receipts.restart(90);
		receipts.online();
		expect(heard()).toEqual(['received 90']);
		receipts.shown(message(90));
		expect(heard()).toEqual(['read 90']);
	});

	it('says nothing of older ones that it was never to tell of', () => {
		const receipts = make();
		receipts.loaded(message(3));
		receipts.shown(message(3));
		receipts.online();
		expect(heard()).toEqual([]);
	});
});
