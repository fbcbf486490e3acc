/** Numbers of settings in their display units, without group separators: what is shown can be typed. */

/** A number of the server's in a unit that is so much of it: at most three decimals. zero: what 0 is called. */
export function amount(value: number, per: number, zero?: string): string {
	if (value === 0 && zero) return zero;
	return String(Math.round((value / per) * 1000) / 1000);
}

/**
 * What was typed, in the server's unit; undefined where it is no number. A comma is as good as a point. zero: what 0 is
 * called, which an empty field means too.
 */
export function readAmount(text: string, per: number, zero?: string): number | undefined {
	const plain = text.trim().replace(',', '.');
	if (zero && (plain === '' || plain.toLowerCase() === zero.toLowerCase())) return 0;
	if (!/^\d+(\.\d+)?$/.test(plain)) return undefined;
	return per === 1 ? Number(plain) : Math.round(Number(plain) * per);
}

/** The least of a bound in that unit, rounded up to what can be typed. */
export function least(value: number, per: number): number {
	return Math.ceil((value / per) * 1000) / 1000;
}
