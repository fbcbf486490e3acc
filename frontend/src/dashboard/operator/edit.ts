/** What the menu Edit of the window does: its page has no menu of its own, and may not read the clipboard itself. */

const COMMANDS = { undo: 'undo', redo: 'redo', select_all: 'selectAll' } as const;

export type Edit = keyof typeof COMMANDS | 'cut' | 'copy' | 'paste';

/** The system's clipboard. */
export interface Clipboard {
	read(): Promise<string>;
	/** Whether it worked. */
	write(text: string): Promise<boolean>;
}

export function isEdit(command: string): command is Edit {
	return command in COMMANDS || ['cut', 'copy', 'paste'].includes(command);
}

export async function edit(command: Edit, clipboard: Clipboard): Promise<void> {
	if (command === 'paste') return paste(await clipboard.read());
	if (command !== 'copy' && command !== 'cut') return void document.execCommand(COMMANDS[command]);
	const text = selected();
	if (!text) return;
	const at = field();
	const [from, to] = [at?.selectionStart ?? 0, at?.selectionEnd ?? 0];
	// First: on Linux what is selected is a clipboard too, and Wails writes to both, which ends the selection.
	const cuts = command === 'cut' && at !== undefined && document.execCommand('delete');
	const kept = await clipboard.write(text).catch(() => false);
	if (cuts && !kept) document.execCommand('undo');
	else if (!cuts) at?.setSelectionRange(from, to);
}

/** The field that has the focus, if one can write in it. */
function field(): HTMLInputElement | HTMLTextAreaElement | undefined {
	const at = document.activeElement;
	const isField = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement;
	return isField && !at.readOnly && !at.disabled ? at : undefined;
}

function selected(): string {
	const at = field();
	if (!at) return document.getSelection()?.toString() ?? '';
	// What is hidden on the screen does not go to the clipboard either.
	if (at.type === 'password') return '';
	return at.value.slice(at.selectionStart ?? 0, at.selectionEnd ?? 0);
}

/** As the key does it: a field may take the text in its own way. */
function paste(text: string): void {
	const at = field();
	if (!at || !text) return;
	const clipboardData = new DataTransfer();
	clipboardData.setData('text/plain', text);
	const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
	if (at.dispatchEvent(event)) document.execCommand('insertText', false, text);
}
