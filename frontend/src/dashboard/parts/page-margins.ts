/** A text as a CSS string. */
export function quoted(text: string): string {
	return `"${text.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, ' ')}"`;
}

/**
 * Writes a line into the foot of every printed page, beside its number, until the returned function is called. Browsers
 * that know no boxes in page margins print their own foot instead.
 */
export function writeFoot(text: string): () => void {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(`@page { @bottom-left { content: ${quoted(text)}; font: 8pt system-ui, sans-serif } }`);
	document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
	return () => {
		document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
	};
}
