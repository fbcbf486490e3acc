/**
 * Finds what a person would find by its role and its words, in the page itself: where a dialog is open, inside it.
 * It is sent to the browser as source, so it uses nothing from around it.
 */
export function find({ role, name, exact = false, anywhere = false, hidden = false, nth = 0 }) {
	const shown = (e) => {
		const box = e.getBoundingClientRect();
		return box.width > 0 && box.height > 0 && getComputedStyle(e).visibility !== 'hidden' && !e.closest('[inert]');
	};
	const words = (e) =>
		(e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.placeholder || e.textContent || '')
			.trim()
			.replace(/\s+/g, ' ');
	const fits = (text) => (exact ? text === name : text.toLowerCase().includes(name.toLowerCase()));
	const css = {
		button: 'button, [role=button], summary',
		field: 'input, textarea, select',
		tab: '[role=tab]',
		radio: 'input[type=radio]',
		switch: '[role=switch]',
		option: '[role=option]',
		dialog: 'dialog[open], [role=dialog], [role=alertdialog]',
	};
	const dialogs = [...document.querySelectorAll(css.dialog)].filter(shown);
	const roots = dialogs.length > 0 && !anywhere && role !== 'dialog' ? dialogs : [document];
	const all = roots.flatMap((root) => [...root.querySelectorAll(css[role] ?? role)]);
	return all.filter((e) => (hidden || shown(e)) && (name === undefined || fits(words(e)))).at(nth) ?? null;
}
