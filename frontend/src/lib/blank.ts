/** Characters without a width or a shape: fillers, joiners, tags; and blanks that Unicode counts as signs or letters. */
const SHAPELESS = /[\p{Default_Ignorable_Code_Point}\p{Cf}\u2800\u{1D159}\u{13441}\u{13442}]/gu;
/** Letters, numbers and signs; also private and unassigned characters, which may be an icon or an emoji newer than this browser. */
const SEEN = /[\p{L}\p{N}\p{P}\p{S}\p{Co}\p{Cn}]/u;

/**
 * Whether nothing of a text can be seen: it has no letter, number, sign or emoji. The server refuses the same texts
 * (wsserver/wire/text.go).
 */
export function isBlank(text: string): boolean {
	return !SEEN.test(text.replace(SHAPELESS, ''));
}

/** The text without blanks around it; '' where nothing of it can be seen. */
export function trimmed(text: string): string {
	return isBlank(text) ? '' : text.trim();
}
