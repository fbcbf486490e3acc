/** A field that is as high as its text, to the greatest height that its style allows. */
export function grow(value: () => string): (field: HTMLTextAreaElement) => (() => void) | undefined {
	return (field) => {
		void value();
		// Where the browser does it itself, nothing is measured.
		if (CSS.supports('field-sizing', 'content')) return undefined;
		const measure = () => {
			field.style.height = 'auto';
			field.style.height = `${field.scrollHeight}px`;
		};
		measure();
		addEventListener('resize', measure);
		return () => removeEventListener('resize', measure);
	};
}
