import { beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../../lib/storage';
import type { Item } from '../log/messages.svelte';
import type { Sender } from '../../lib/protocol';
import { Extras, type Surroundings } from './extras.svelte';

const shown = vi.fn(() => Promise.resolve());
const closed = vi.fn();
let hidden = true;
let permission: NotificationPermission = 'default';
let answer: NotificationPermission = 'granted';
const released = vi.fn();
const request = vi.fn(() => Promise.resolve({ released: false, release: released } as unknown as WakeLockSentinel));

beforeEach(() => {
	localStorage.clear();
	document.head.replaceChildren();
	vi.clearAllMocks();
	hidden = true;
	permission = 'default';
	answer = 'granted';
});

function surroundings(): Surroundings {
	const registration = { showNotification: shown, getNotifications: () => Promise.resolve([{ close: closed }]) };
	return {
		notification: {
			get permission() {
				return permission;
			},
			requestPermission: () => Promise.resolve((permission = answer)),
		} as unknown as typeof Notification,
		worker: {
			register: () => Promise.resolve(registration),
			ready: Promise.resolve(registration),
		} as unknown as ServiceWorkerContainer,
		wakeLock: { request },
		hidden: () => hidden,
	};
}

function message(text: string, own = false, from: Sender = { operator: true, name: 'Operator' }): Item {
	return { own, message: { seq: 7, from, title: 'Break', message: text } } as unknown as Item;
}

test('notifies while nobody looks, of what others write, once it was allowed', async () => {
	const extras = new Extras(new Store(), surroundings());
	await extras.arrived(message('too early'), false);
	await extras.setNotify(true);
	hidden = false;
	await extras.arrived(message('in sight'), false);
	hidden = true;
	await extras.arrived(message('mine', true), false);
	expect(shown).not.toHaveBeenCalled();
	await extras.arrived(message('<b>Lunch</b> at 12'), true);
	expect(shown).toHaveBeenCalledExactlyOnceWith(
		'Operator',
		expect.objectContaining({ body: 'Break\n<b>Lunch</b> at 12', tag: 'urgent-7', renotify: true }),
	);
});

test('a program is no person, and its address opens nothing', async () => {
	const extras = new Extras(new Store(), surroundings());
	await extras.setNotify(true);
	hidden = true;
	const item = message('Press 4 is down', false, { program: true, name: 'grafana' });
	item.message.click = 'https://grafana.example.org/d/4';
	await extras.arrived(item, false);
	expect(shown).toHaveBeenCalledExactlyOnceWith('grafana (program)', expect.anything());
	expect(JSON.stringify(shown.mock.calls)).not.toContain('example.org');
});

test('what is refused is off, and says that only the browser can change it', async () => {
	answer = 'denied';
	const extras = new Extras(new Store(), surroundings());
	await extras.setNotify(true);
	expect(extras).toMatchObject({ notify: false, refused: true });
});

test('a choice is kept, as long as the browser still allows it', async () => {
	const store = new Store();
	await new Extras(store, surroundings()).setNotify(true);
	expect(new Extras(store, surroundings()).notify).toBe(true);
	permission = 'denied';
	expect(new Extras(store, surroundings()).notify).toBe(false);
});

test('the screen stays on while the page is in sight, and may go off again', async () => {
	const extras = new Extras(new Store(), surroundings());
	await extras.setAwake(true);
	await extras.setAwake(true);
	expect(request).toHaveBeenCalledOnce();
	await extras.setAwake(false);
	expect(released).toHaveBeenCalledOnce();
});

test('who comes back finds no notification of what is before their eyes', async () => {
	const extras = new Extras(new Store(), surroundings());
	await extras.setNotify(true);
	const end = extras.start();
	hidden = false;
	document.dispatchEvent(new Event('visibilitychange'));
	await vi.waitFor(() => expect(closed).toHaveBeenCalled());
	expect(document.querySelector('link[rel=manifest]')?.getAttribute('href')).toBe('manifest.webmanifest');
	end();
});

test('offers to be installed where the browser does', async () => {
	const extras = new Extras(new Store(), surroundings());
	const end = extras.start();
	const prompt = vi.fn(() => Promise.resolve({ outcome: 'accepted' }));
	dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt }));
	expect(extras.installer).toBeDefined();
	await extras.install();
	expect(prompt).toHaveBeenCalledOnce();
	expect(extras.installer).toBeUndefined();
	end();
});

test('a browser that can do none of it is told so, and nothing breaks', async () => {
	const none = { notification: undefined, worker: undefined, wakeLock: undefined, hidden: () => true };
	const extras = new Extras(new Store(), none);
	const end = extras.start();
	await extras.setNotify(true);
	await extras.setAwake(true);
	await extras.arrived(message('x'), true);
	expect(extras).toMatchObject({ canNotify: false, canWake: false, notify: false, awake: false });
	end();
});
