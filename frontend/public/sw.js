// The service worker of the client page, at the encrypted address alone. Notifications are shown and pressed through it, which
// Android asks for. It keeps nothing and answers no request: every page and every file is always the server's own.
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('notificationclick', (event) => {
	event.notification.close();
	event.waitUntil(show());
});

/** The page that is open already comes to the front; else one is opened. */
async function show() {
	const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
	const home = registration.scope;
	const page = pages.find(({ url }) => url.split(/[?#]/u)[0] === home);
	return page ? page.focus() : clients.openWindow(home);
}
