import { flushSync } from 'svelte';
import { beforeEach, expect, test } from 'vitest';
import { handoffLink } from '../../lib/handoff';
import { packed } from '../../lib/luggage';
import { Store } from '../../lib/storage';
import { Identity } from '../connection/identity.svelte';
import { acceptHandoff } from '.';

const ana = { user_id: 'ana-id', token: 'token-of-ana-0123456789', name: 'Ana Lima' };
const link = (person = ana) => new URL(handoffLink('https://belfry.local:8443/', person)).hash;
const target = document.createElement('div');
let store: Store;

beforeEach(() => {
	localStorage.clear();
	history.replaceState(null, '', '/');
	store = new Store();
	target.replaceChildren();
	document.body.replaceChildren(target);
});

function bo(): Identity {
	const identity = new Identity(store);
	identity.become({ user_id: 'bo-id', token: 'token-of-bo-9876543210', name: 'Bo' });
	return identity;
}

async function answer(words: string): Promise<void> {
	flushSync();
	const button = [...target.querySelectorAll('button')].find((one) => one.textContent?.includes(words));
	button!.click();
}

test('who comes to a page that knows nobody is the same person there, and in', async () => {
	await acceptHandoff(link(), target, store);
	const here = new Identity(store);
	expect(here).toMatchObject({ ...ana, inside: true });
});

test('without a name one comes to the door, as the same person', async () => {
	await acceptHandoff(link({ ...ana, name: '' }), target, store);
	expect(new Identity(store)).toMatchObject({ user_id: 'ana-id', token: ana.token, inside: false });
});

test('a link that brings somebody else than this page knows asks first', async () => {
	bo();
	const staying = acceptHandoff(link(), target, store);
	expect(target.textContent).toContain('Ana Lima');
	await answer('Stay');
	await staying;
	expect(new Identity(store).user_id).toBe('bo-id');
	expect(target.textContent).toBe('');
	const going = acceptHandoff(link(), target, store);
	await answer('Continue as');
	await going;
	expect(new Identity(store)).toMatchObject(ana);
});

test('a link with another token for the person who is here changes nothing', async () => {
	const here = bo();
	await acceptHandoff(link({ user_id: 'bo-id', token: 'another-token-for-bo-00', name: 'Mallory' }), target, store);
	expect(new Identity(store)).toMatchObject({ name: 'Bo', token: here.token });
});

const luggage = (more: object = {}) =>
	packed({
		topics: ['kitchen'],
		acks: ['E.7'],
		kept: { user_id: ana.user_id, epoch: 'E', since: 40, messages: [], later: [] },
		preferences: { sound: 'all' },
		draft: { text: 'half a sentence', to: 'kitchen' },
		out: [
			{ id: 'm1', text: 'Is anybody there?', written: '2026-01-01T00:00:00.000Z', state: 'waiting' } as { id: string },
		],
		from: 'http://a:8000',
		...more,
	});
const moved = (person = ana, more = {}) => new URL(handoffLink('http://b:8000/', person, luggage(more))).hash;

test('who comes from another machine of the room brings what was not sent', async () => {
	await acceptHandoff(moved(), target, store);
	expect(new Identity(store)).toMatchObject({ ...ana, inside: true, topics: ['kitchen'] });
	expect(store.get('out.m1')).toMatchObject({ text: 'Is anybody there?' });
	expect(store.get('ack.E.7')).toBe(true);
	expect(store.get('draft')).toMatchObject({ text: 'half a sentence' });
	expect(store.get('kept')).toMatchObject({ since: 40, user_id: ana.user_id });
	expect(store.get('preferences')).toEqual({ sound: 'all' });
	expect(store.get('moved')).toEqual({ left: 0, from: 'http://a:8000' });
});

test('who was at this machine before goes on where they were last', async () => {
	new Identity(store).become(ana);
	store.set('kept', { user_id: ana.user_id, epoch: 'E', since: 50, messages: [], later: [] });
	await acceptHandoff(moved(), target, store);
	expect(store.get('kept')).toMatchObject({ since: 50 });
	expect(store.get('out.m1')).toBeDefined();
});

test('nothing is taken with another token than that of the person who is here', async () => {
	new Identity(store).become(ana);
	await acceptHandoff(moved({ ...ana, token: 'another-token-of-ana-00' }), target, store);
	expect(store.keys('out.')).toEqual([]);
	expect(store.get('draft')).toBeUndefined();
	expect(new Identity(store).topics).toEqual(['general']);
});

test('who stays as somebody else is brought nothing', async () => {
	bo();
	const staying = acceptHandoff(moved(), target, store);
	await answer('Stay');
	await staying;
	expect(store.keys('out.')).toEqual([]);
	expect(store.get('moved')).toBeUndefined();
});
