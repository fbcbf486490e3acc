import { describe, expect, it } from 'vitest';
import type { Topic } from '../../lib/protocol';
import { memory } from '../testing';
import { RoomNews } from './news.svelte';

const topic = (name: string, archived = false): Topic => ({ topic: name, title: name, kind: 'open', archived });
const said = (news: RoomNews) => news.list.map(({ kind, what, after }) => [kind, what, after]);
const none = () => false;

describe('RoomNews', () => {
	it('tells of a topic that is new, not of those that were there', () => {
		const news = new RoomNews(memory(), () => 7);
		news.topics([topic('general')], none);
		expect(news.list).toEqual([]);
		news.topics([topic('general'), topic('kitchen'), topic('mine'), topic('old', true)], (name) => name === 'mine');
		expect(said(news)).toEqual([['topic', 'kitchen', 7]]);
		news.topics([topic('general'), topic('kitchen')], none);
		expect(news.list).toHaveLength(1);
		news.topics([topic('general'), topic('kitchen', true)], none);
		expect(news.list).toEqual([]);
	});

	it('tells who was away, and keeps what it told', () => {
		const store = memory();
		new RoomNews(store, () => 1).topics([topic('general')], none);
		const again = new RoomNews(store, () => 9);
		again.topics([topic('general'), topic('kitchen')], none);
		expect(said(new RoomNews(store, () => 20))).toEqual([['topic', 'kitchen', 9]]);
	});

	it('tells of the room’s new name only whoever knew another, and is in it', () => {
		const news = new RoomNews(memory(), () => 1);
		news.called('Hall 2', true);
		news.called('Hall 2', true);
		news.called('Hall 3', false);
		expect(news.list).toEqual([]);
		news.called('Hall 4', true);
		expect(said(news)).toEqual([['renamed', 'Hall 4', 1]]);
	});

	it('takes no name for a new one where none was known when the page was left', () => {
		const store = memory();
		new RoomNews(store, () => 1).topics([topic('general')], none);
		const again = new RoomNews(store, () => 1);
		again.called('Hall 2', true);
		expect(again.list).toEqual([]);
	});

	it('says the last thing about a topic alone', () => {
		const news = new RoomNews(memory(), () => 1);
		news.topics([topic('general')], none);
		news.topics([topic('general'), topic('kitchen')], none);
		news.moved('kitchen', true);
		expect(said(news)).toEqual([['added', 'kitchen', 1]]);
		news.moved('kitchen', false);
		expect(said(news)).toEqual([['removed', 'kitchen', 1]]);
	});

	it('says nothing of another log or another person', () => {
		const store = memory();
		const news = new RoomNews(store, () => 1);
		news.topics([topic('general')], none);
		news.moved('kitchen', true);
		news.restart();
		news.topics([topic('general'), topic('garage')], none);
		expect(news.list).toEqual([]);
		news.clear();
		expect(new RoomNews(store, () => 1).list).toEqual([]);
	});
});
