import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const SIZES = [
	[390, 844],
	[1280, 800],
];
/** Further size for states in which a list, a field or a floating button has little room. */
const TIGHT = [360, 640];
const WIDE = [1920, 1080];
/** A phone that is held sideways. */
const SIDEWAYS = [844, 390];

/** Takes screenshots of a state in every size and theme. */
export class Camera {
	#folder;
	#failed = 0;

	constructor(folder) {
		this.#folder = folder;
		mkdirSync(folder, { recursive: true });
	}

	/** tight, wide, sideways: further sizes. arrange() brings the state into view, in each size. */
	async shoot(page, name, { arrange = async () => {}, tight = false, wide = false, sideways = false } = {}) {
		const before = page.viewportSize();
		const more = [tight && TIGHT, wide && WIDE, sideways && SIDEWAYS].filter(Boolean);
		for (const [width, height] of [...SIZES, ...more]) {
			await page.setViewportSize({ width, height });
			await arrange();
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
				await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))));
				await page.screenshot({ path: join(this.#folder, `${name}-${colorScheme}-${width}x${height}.png`) });
			}
		}
		await page.setViewportSize(before);
		await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
		await arrange();
	}

	/** A group of states; when it fails, the others are still taken. */
	async row(name, work) {
		try {
			await work();
		} catch (cause) {
			this.#failed++;
			console.error(
				`${name}: ${cause.stack.split('\n').slice(0, 12).join(' ')} ${/shots\/\w+.mjs:\d+/.exec(cause.stack)}`,
			);
		}
	}

	get ok() {
		return this.#failed === 0;
	}
}

/** Where there is room for one column alone, the part of the dashboard that a state is about. */
export const showing = (dashboard, part) => async () => {
	const tab = dashboard.page.locator(`#part-${part}`);
	if (await tab.isVisible()) await tab.click();
};
