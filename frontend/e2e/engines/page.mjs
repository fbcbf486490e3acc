import { find } from './find.mjs';

const PATIENCE = 15_000;
const STEP = 50;

/** Where an element stands; undefined where it takes no press now. It is sent to the browser as source. */
function placeOf(element) {
	const { x, y, width, height } = element.getBoundingClientRect();
	return element.closest('[inert], .settling') ? undefined : `${x} ${y} ${width} ${height}`;
}

/**
 * A page in some engine, as the flows use it. An engine gives run, element, press and what else differs; everything here
 * is the same for all of them.
 */
export class EnginePage {
	/** Errors and warnings of the page. */
	faults = [];

	/** Repeats work until its answer is truthy, and returns that. */
	async until(what, work, patience = PATIENCE, step = STEP) {
		const end = Date.now() + patience;
		for (let last; ;) {
			try {
				const got = await work();
				if (got) return got;
			} catch (cause) {
				last = cause; // the page may just be loading
			}
			if (Date.now() > end) throw new Error(`${what} (waited in vain)`, { cause: last });
			await new Promise((next) => setTimeout(next, step));
		}
	}

	find(role, name, more = {}) {
		return this.until(`${role} “${name ?? ''}”`, () => this.element(find, { role, name, ...more }), more.patience);
	}

	/** Whether there is such a thing now. */
	async has(role, name, more = {}) {
		return Boolean(await this.element(find, { role, name, ...more }));
	}

	sees(words, patience) {
		return this.until(`“${words}”`, () => this.run((text) => document.body.innerText.includes(text), words), patience);
	}

	gone(words) {
		const isGone = () => this.run((text) => !document.body.innerText.includes(text), words);
		return this.until(`“${words}” gone`, isGone);
	}

	/** Clicks, once it takes a press and stands still: what has just come into sight takes none, and moves what is below. */
	async click(role, name, more) {
		let before;
		const target = await this.until(`${role} “${name ?? ''}” takes a press`, async () => {
			const element = await this.element(find, { role, name, ...more });
			const place = element && (await this.runOn(element, placeOf));
			const stands = place && place === before;
			before = place;
			return stands && element;
		});
		await this.clickOn(target);
	}

	async hover(role, name, more) {
		await this.hoverOver(await this.find(role, name, more));
	}

	/** Clicks, and types the text in place of what is there. */
	async fill(role, name, text, more) {
		const field = await this.find(role, name, more);
		await this.clickOn(field);
		await this.runOn(field, (e) => e.select?.());
		await this.typeInto(field, text);
	}
}
