// The dashboard as the desktop window shows it, played in a browser: what the page needs of Go comes from a real server.
import { Dashboard } from './dashboard.mjs';

const named = {
	Clients: (since) => ({ since }),
	History: (query) => query,
	SetName: (name) => ({ name }),
	SetSettings: (settings) => settings,
	SetAccess: (access) => ({ access }),
	Receipts: (seqs, detail) => ({ seqs, detail }),
	ImportEntries: (query) => query,
	Audit: (before, limit) => ({ before, limit }),
};

/** Opens the window's page. It is told a menu command by `command`, and its clipboard is `clipboard.text`, unless it `refuses`. */
export async function openWindow(stage) {
	const page = await stage.page();
	const clipboard = { text: '', refuses: false };
	await page.exposeFunction('readClipboard', () => clipboard.text);
	await page.exposeFunction('writeClipboard', (text) => {
		if (!clipboard.refuses) clipboard.text = text;
		return !clipboard.refuses;
	});
	await page.exposeFunction('callVerb', (verb, args) => {
		const action = verb.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
		if (verb === 'Front') return null;
		return stage.server.verb(action, named[verb]?.(...args) ?? {});
	});
	await page.addInitScript(() => {
		const listeners = new Map();
		const verbs = new Proxy(
			{},
			{
				get:
					(_, verb) =>
					(...args) =>
						window.callVerb(verb, args),
			},
		);
		window.go = { main: { App: verbs } };
		window.runtime = {
			EventsOnMultiple: (name, listener) => {
				listeners.set(name, listener);
				return () => listeners.delete(name);
			},
			WindowSetTitle: () => {},
			ClipboardGetText: () => window.readClipboard(),
			ClipboardSetText: (text) => window.writeClipboard(text),
		};
		window.tell = (name, what) => listeners.get(name)?.(what);
	});
	await page.goto(new URL('/server', stage.server.url).href);
	const dashboard = new Dashboard(page);
	await dashboard.live();
	const command = (word) => page.evaluate((what) => window.tell('command', what), word);
	return { dashboard, page, clipboard, command };
}
