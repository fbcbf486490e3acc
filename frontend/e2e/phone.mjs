/** The page on the LAN, in the words of who holds it. */
export class Phone {
	constructor(page) {
		this.page = page;
		this.name = page.getByLabel('Your name');
		this.enter = page.getByRole('button', { name: 'Come in', exact: true });
		this.text = page.getByRole('textbox', { name: 'Message', exact: true });
		this.send = page.getByRole('button', { name: /^Send to/ });
		this.audience = page.getByLabel('Who sees what you write');
		this.switcher = page.locator('button.switcher');
		this.settings = page.getByRole('button', { name: 'Settings' });
		this.dialog = page.getByRole('dialog');
		this.messages = page.locator('#messages li.message');
	}

	async comeIn(name) {
		await this.name.fill(name);
		await this.enter.click();
		await this.live();
	}

	/** The words of the connection in the head. */
	state(words) {
		return this.page.locator('[role=status]', { hasText: words }).first();
	}

	async live() {
		await this.state('Live').waitFor();
	}

	/** Writes to a topic, or without one to the operator. */
	async write(text, topic = '') {
		await this.audience.selectOption(topic);
		await this.text.fill(text);
		await this.send.click();
	}

	/** The rows in which a text stands. */
	row(text) {
		return this.messages.filter({ hasText: text });
	}

	/** The words of all that are in the list, from the first to the last. */
	async texts() {
		return this.messages.locator('.text').allTextContents();
	}

	/** An own message with the words that say how far it has come. */
	own(text, state) {
		return this.page.locator('#messages li.mine').filter({ hasText: text }).filter({ hasText: state });
	}

	async reply(to, text) {
		await this.row(to)
			.getByRole('button', { name: /^Reply/ })
			.click();
		await this.text.fill(text);
		await this.send.click();
	}

	/** Goes to a place by its name in the sheet. */
	async go(place) {
		await this.switcher.click();
		await this.dialog.getByRole('button', { name: place, exact: false }).click();
	}

	/**
	 * Goes where there is no network. The line breaks and stays down before the browser is told: its own switch leaves open
	 * sockets alone, may keep from a page that one has closed, and may let a new one slip past it.
	 */
	async goOffline(radio) {
		radio.down();
		await this.state('Not connected').waitFor();
		await this.page.context().setOffline(true);
	}

	async goOnline(radio) {
		radio.up();
		await this.page.context().setOffline(false);
	}
}
