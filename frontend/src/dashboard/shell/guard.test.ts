import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardPage } from './guard';

let end: () => void;

/** Whether the page lets an event do what it does by itself. */
function goes(on: Element, event: Event): boolean {
	return on.dispatchEvent(event);
}

const click = (type: string, more: MouseEventInit = {}) =>
	new MouseEvent(type, { bubbles: true, cancelable: true, button: 0, ...more });

function drag(type: string, ...types: string[]): Event {
	const event = new Event(type, { bubbles: true, cancelable: true });
	return Object.assign(event, { dataTransfer: { types, dropEffect: 'copy' } });
}

beforeEach(() => {
	document.body.innerHTML = `<main><a id="out" href="http://evil.example/"><b>out</b></a><a id="within" href="#main">skip</a>
		<img id="image" alt=""><textarea></textarea><form></form></main>`;
});
afterEach(() => end());

const at = (selector: string) => document.querySelector(selector)!;

describe('in the window', () => {
	beforeEach(() => (end = guardPage(window, true)));

	it.each([
		['click', {}],
		['click', { ctrlKey: true }],
		['click', { shiftKey: true }],
		['click', { metaKey: true }],
		['auxclick', { button: 1 }],
		['auxclick', { button: 2 }],
		['dragstart', {}],
	])('%s %j on a link leads nowhere', (type, more) => expect(goes(at('#out b'), click(type, more))).toBe(false));

	it('a link within the page works, and only so', () => {
		expect(goes(at('#within'), click('click'))).toBe(true);
		expect(goes(at('#within'), click('click', { ctrlKey: true }))).toBe(false);
		expect(goes(at('#within'), click('auxclick', { button: 1 }))).toBe(false);
		expect(goes(at('#image'), click('dragstart'))).toBe(false);
	});
});

describe.each([true, false])('dropping (in the window: %s)', (inWindow) => {
	beforeEach(() => (end = guardPage(window, inWindow)));

	it.each(['dragenter', 'dragover', 'drop'])('%s is held wherever nobody takes it', (type) => {
		for (const kind of ['Files', 'text/uri-list', 'text/html', 'text/plain']) {
			const event = drag(type, kind);
			expect(goes(at('main'), event)).toBe(false);
			expect((event as DragEvent).dataTransfer!.dropEffect).toBe('none');
		}
	});

	it('text may be dropped into a field, a file may not', () => {
		expect(goes(at('textarea'), drag('drop', 'text/plain'))).toBe(true);
		expect(goes(at('textarea'), drag('drop', 'text/plain', 'Files'))).toBe(false);
		expect(goes(at('textarea'), drag('drop', 'text/uri-list', 'text/plain'))).toBe(false);
	});

	it('who takes a file keeps it', () => {
		at('form').addEventListener('drop', (event) => event.preventDefault());
		const event = drag('drop', 'Files');
		goes(at('form'), event);
		expect((event as DragEvent).dataTransfer!.dropEffect).toBe('copy');
	});
});

it('in a browser links are the browser’s', () => {
	end = guardPage(window, false);
	expect(goes(at('#out'), click('auxclick', { button: 1 }))).toBe(true);
});
