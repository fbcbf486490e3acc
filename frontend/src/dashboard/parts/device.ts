/** "Linux, Firefox" as people say it: "Firefox on Linux". */
export function device(browser: string): string {
	const [system, name] = browser.split(', ');
	return name ? `${name} on ${system}` : browser;
}
