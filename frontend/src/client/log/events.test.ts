import { describe, expect, it } from 'vitest';
import type { Topic } from '../../lib/protocol';
import { memory } from '../testing';
import { RoomEvents } from './events.svelte';

const topic = (name: string, archived = false): Topic => ({ topic: name, title: name, kind: 'open', archived });
const said = (events: RoomEvents) => events.list.map(({ kind, what, after }) => [kind, what, after]);
const none = () => false;

describe('RoomEvents', () => {
	it('tells of a topic that is new, not of those that were there', () => {
		const events = new RoomEvents(memory(), () => 7);
		events.topics([topic('general')], none);
		expect(events.list).toEqual([]);
		events.topics([topic('general'), topic('kitchen'), topic('mine'), topic('old', true)], (name) => name === 'mine');
		expect(said(events)).toEqual([['topic', 'kitchen', 7]]);
		events.topics([topic('general'), topic('kitchen')], none);
		expect(events.list).toHaveLength(1);
		events.topics([topic('general'), topic('kitchen', true)], none);
		expect(events.list).toEqual([]);
	});

	it('tells who was away, and keeps what it told', () => {
		const store = memory();
		new RoomEvents(store, () => 1).topics([topic('general')], none);
		const again = new RoomEvents(store, () => 9);
		again.topics([topic('general'), topic('kitchen')], none);
		expect(said(new RoomEvents(store, () => 20))).toEqual([['topic', 'kitchen', 9]]);
	});

	it('tells of the room’s new name only whoever knew another, and is in it', () => {
		const events = new RoomEvents(memory(), () => 1);
		events.called('Hall 2', true);
		events.called('Hall 2', true);
		events.called('Hall 3', false);
		expect(events.list).toEqual([]);
		events.called('Hall 4', true);
		expect(said(events)).toEqual([['renamed', 'Hall 4', 1]]);
	});

	it('says the last thing about a topic alone', () => {
		const events = new RoomEvents(memory(), () => 1);
		events.topics([topic('general')], none);
		events.topics([topic('general'), topic('kitchen')], none);
		events.moved('kitchen', true);
		expect(said(events)).toEqual([['added', 'kitchen', 1]]);
		events.moved('kitchen', false);
		expect(said(events)).toEqual([['removed', 'kitchen', 1]]);
	});

	it('says nothing of another log or another person', () => {
		const store = memory();
		const events = new RoomEvents(store, () => 1);
		events.topics([topic('general')], none);
		events.moved('kitchen', true);
		events.restart();
		events.topics([topic('general'), topic('garage')], none);
		expect(events.list).toEqual([]);
		events.clear();
		expect(new RoomEvents(store, () => 1).list).toEqual([]);
	});
});
