import { senderName } from '../../lib/people';
import type { Store } from '../../lib/storage';
import type { Item } from '../log/messages.svelte';

/** What works at the encrypted address only. This part is loaded there alone. */
export interface Surroundings {
	/** Undefined where the browser has no notifications. */
	notification: typeof Notification | undefined;
	worker: Pick<ServiceWorkerContainer, 'register' | 'ready'> | undefined;
	wakeLock: Pick<WakeLock, 'request'> | undefined;
	hidden(): boolean;
}

/** What a browser asks before it installs a page: not in every browser, and in no type library yet. */
interface InstallPrompt extends Event {
	prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

const KEY = 'secure';
const MOST = 200;

const browser: Surroundings = {
	notification: globalThis.Notification,
	worker: navigator.serviceWorker,
	wakeLock: navigator.wakeLock,
	hidden: () => document.hidden || !document.hasFocus(),
};

/** Notifications while nobody looks, a screen that stays on, and the page as an app. */
export class Extras {
	notify = $state(false);
	awake = $state(false);
	/** The browser was asked for notifications and refuses: only its own settings change that. */
	refused = $state(false);
	/** Set where the browser offers to install the page. */
	installer = $state.raw<InstallPrompt>();
	readonly #store: Store;
	readonly #around: Surroundings;
	#lock: WakeLockSentinel | undefined;

	constructor(store: Store, around: Surroundings = browser) {
		this.#store = store;
		this.#around = around;
		const stored = (store.get(KEY) ?? {}) as Record<string, unknown>;
		this.refused = around.notification?.permission === 'denied';
		// A permission taken back in the browser's settings counts more than what was chosen here.
		this.notify = stored.notify === true && around.notification?.permission === 'granted';
		this.awake = stored.awake === true && this.canWake;
	}

	get canNotify(): boolean {
		return this.#around.notification !== undefined && this.#around.worker !== undefined;
	}

	get canWake(): boolean {
		return this.#around.wakeLock !== undefined;
	}

	/** Registers the service worker and the manifest; returns the function that undoes both. */
	start(): () => void {
		// A browser without it, or a refusal, costs the notifications and nothing else.
		void this.#around.worker?.register('sw.js').catch(() => undefined);
		link('manifest', 'manifest.webmanifest');
		link('apple-touch-icon', 'icon-apple.png');
		const offer = (event: Event) => {
			event.preventDefault();
			this.installer = event as InstallPrompt;
		};
		const installed = () => (this.installer = undefined);
		const seen = () => void this.#seen();
		addEventListener('beforeinstallprompt', offer);
		addEventListener('appinstalled', installed);
		addEventListener('focus', seen);
		document.addEventListener('visibilitychange', seen);
		seen();
		return () => {
			removeEventListener('beforeinstallprompt', offer);
			removeEventListener('appinstalled', installed);
			removeEventListener('focus', seen);
			document.removeEventListener('visibilitychange', seen);
			void this.#lock?.release();
		};
	}

	/** Called within a press: the only moment when a browser may be asked. */
	async setNotify(on: boolean): Promise<void> {
		const { notification } = this.#around;
		this.notify = on && notification !== undefined && (await notification.requestPermission()) === 'granted';
		this.refused = notification?.permission === 'denied';
		this.#keep();
	}

	async setAwake(on: boolean): Promise<void> {
		this.awake = on && this.canWake;
		this.#keep();
		await this.#stayAwake();
	}

	/** Asks the browser to install the page. It offers that once. */
	async install(): Promise<void> {
		const { installer } = this;
		this.installer = undefined;
		await installer?.prompt();
	}

	/** Shows a notification for a message while the page is in the background. All of it is text. */
	async arrived({ message, own }: Item, urgent: boolean): Promise<void> {
		const { worker, hidden } = this.#around;
		if (!this.notify || own || !worker || !hidden()) return;
		const { from, title } = message;
		const registration = await worker.ready;
		const options: NotificationOptions & { renotify: boolean } = {
			body: [title, message.message].filter(Boolean).join('\n').slice(0, MOST),
			// One notification that changes, not a hundred; only what is urgent sounds each time.
			tag: urgent ? `urgent-${message.seq}` : 'message',
			renotify: urgent,
			requireInteraction: urgent,
			icon: 'icon-192.png',
		};
		// A permission may be taken back at any moment; the message is in the list in any case.
		await registration
			.showNotification(senderName(from) + (from.program ? ' (program)' : ''), options)
			.catch(() => undefined);
	}

	#keep(): void {
		this.#store.set(KEY, { notify: this.notify, awake: this.awake });
	}

	/** Visibility changed: notifications are cleared while visible, and a wake lock is lost while hidden. */
	async #seen(): Promise<void> {
		if (this.#around.hidden()) return;
		await this.#stayAwake();
		if (!this.notify || !this.#around.worker) return;
		const registration = await this.#around.worker.ready;
		for (const shown of await registration.getNotifications()) shown.close();
	}

	async #stayAwake(): Promise<void> {
		if (!this.awake) {
			await this.#lock?.release();
			this.#lock = undefined;
		} else if (!this.#lock || this.#lock.released) {
			// Refused on a low battery, and while the page is not in sight: asked again when it is.
			this.#lock = await this.#around.wakeLock?.request('screen').catch(() => undefined);
		}
	}
}

function link(rel: string, href: string): void {
	const element = document.createElement('link');
	element.rel = rel;
	element.href = href;
	document.head.append(element);
}
