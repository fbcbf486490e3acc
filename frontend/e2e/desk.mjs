/** The dashboard, in the words of the operator. */
export class Desk {
	constructor(page) {
		this.page = page;
		this.text = page.getByRole('textbox', { name: 'Message', exact: true });
		this.title = page.getByRole('textbox', { name: 'Title' });
		this.send = page.locator('#composer button.main');
		this.picker = page.locator('#composer .picker');
		this.dialog = page.getByRole('dialog');
		this.messages = page.locator('#messages article');
		this.people = page.locator('#people .person');
	}

	async live() {
		await this.page.locator('#now .live-text').waitFor();
	}

	figure(what) {
		return this.page.getByRole('group', { name: what }).locator('.figure');
	}

	row(text) {
		return this.messages.filter({ hasText: text });
	}

	person(name) {
		return this.people.filter({ hasText: name });
	}

	/** Chooses whom the next message is for: "Everyone", a topic or a person. */
	async address(to) {
		await this.picker.locator('.opener').click();
		await this.picker.getByLabel('Find a person or topic').fill(to);
		await this.picker.locator('.option').first().click();
	}

	/** Says something to whoever is chosen, or first chooses. */
	async say(text, { to, title, priority } = {}) {
		if (to) await this.address(to);
		if (title) await this.title.fill(title);
		if (priority) await this.page.getByRole('radio', { name: priority }).check();
		await this.text.fill(text);
		await this.send.click();
	}

	async reply(to, text) {
		const row = this.row(to);
		await row.hover();
		await row.getByRole('button', { name: /^Reply/ }).click();
		await this.text.fill(text);
		await this.send.click();
	}

	async createTopic(title, kind = 'Open') {
		await this.page.getByRole('tab', { name: /^Topics/ }).click();
		await this.page.getByRole('button', { name: 'New topic' }).click();
		await this.dialog.getByLabel('Title').fill(title);
		await this.dialog.getByRole('radio', { name: new RegExp(`^${kind}`) }).check();
		await this.dialog.getByRole('button', { name: 'Create topic' }).click();
		await this.dialog.waitFor({ state: 'detached' });
	}

	async disconnect(name, reason) {
		await this.page.locator('#tab-people').click();
		await this.person(name).getByRole('button').first().click();
		await this.person(name).getByRole('button', { name: 'Disconnect' }).click();
		await this.dialog.getByLabel('What they will read').fill(reason);
		await this.dialog.getByRole('button', { name: 'Disconnect' }).click();
	}
}
