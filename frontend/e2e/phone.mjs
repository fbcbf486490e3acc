/** Page object of the client page. */
export class Phone {
	constructor(page) {
		this.page = page;
		this.name = page.getByLabel('Your name');
		this.enter = page.getByRole('button', { name: 'Join', exact: true });
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

	/** Connection state in the head. */
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

	/** Rows that contain a text. */
	row(text) {
		return this.messages.filter({ hasText: text });
	}

	/** Texts of all messages in the list, in order. */
	async texts() {
		return this.messages.locator('.text').allTextContents();
	}

	/** An own message with a state. */
	own(text, state) {
		return this.page.locator('#messages li.mine').filter({ hasText: text }).filter({ hasText: state });
	}

	/** One's own message once the server has it: an open dashboard may have shown it already. */
	sent(text) {
		return this.own(text, /Sent|Seen by the operator/);
	}

	async reply(to, text) {
		await this.row(to)
			.getByRole('button', { name: /^Reply/ })
			.click();
		await this.text.fill(text);
		await this.send.click();
	}

	/** Switches to a channel by its name in the sheet. */
	async go(place) {
		await this.switcher.click();
		await this.dialog.getByRole('button', { name: place, exact: false }).click();
	}

	/** Joins a topic in the sheet. */
	async join(topic) {
		await this.switcher.click();
		await this.dialog.getByRole('switch', { name: `${topic}, joined` }).check();
		await this.dialog.getByRole('button', { name: 'Close' }).click();
	}

	/**
	 * Goes offline. The proxy drops all connections before the browser is set offline: that switch alone leaves sockets
	 * open, may hide that one has closed, and may let a new one through.
	 */
	async goOffline(radio) {
		radio.down();
		await this.state('Offline').waitFor();
		await this.page.context().setOffline(true);
	}

	async goOnline(radio) {
		radio.up();
		await this.page.context().setOffline(false);
	}
}
