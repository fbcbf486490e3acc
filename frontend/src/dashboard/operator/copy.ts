/**
 * Copies text to the clipboard; returns whether it worked. A page on plain http has no navigator.clipboard: there an
 * invisible field is selected and copied by execCommand.
 */
export async function copyText(text: string): Promise<boolean> {
	try {
		if (window.isSecureContext && navigator.clipboard) {
			await navigator.clipboard.writeText(text);
			return true;
		}
	} catch {
		// Refused (no focus, no permission): the old way may still work.
	}
	return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
	const before = document.activeElement;
	const field = document.createElement('textarea');
	field.value = text;
	field.readOnly = true;
	field.className = 'sr';
	// Inside an open dialog nothing outside of it can be selected.
	(document.querySelector('dialog[open]') ?? document.body).append(field);
	field.select();
	try {
		return document.execCommand('copy');
	} catch {
		return false;
	} finally {
		field.remove();
		if (before instanceof HTMLElement) before.focus();
	}
}
