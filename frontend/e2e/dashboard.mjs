/** Page object of the dashboard. */
export class Dashboard {
	constructor(page) {
		this.page = page;
		this.text = page.getByRole('textbox', { name: 'Message', exact: true });
		this.title = page.getByRole('textbox', { name: 'Title' });
		this.send = page.locator('#send');
		this.readers = page.locator('#readers');
		this.picker = page.locator('#composer .picker');
		this.dialog = page.getByRole('dialog');
		this.messages = page.locator('#messages article');
		this.people = page.locator('#people .person:not(.count)');
	}

	async live() {
		await this.page.locator('#now .live-text').waitFor();
	}

	figure(what) {
		return this.page.getByRole('group', { name: what, exact: true }).locator('.figure');
	}

	row(text) {
		return this.messages.filter({ hasText: text });
	}

	person(name) {
		return this.people.filter({ hasText: name });
	}

	/** Chooses the audience of the next message: "Everyone", a topic or a person. */
	async address(to) {
		await this.picker.locator('.opener').click();
		await this.picker.getByLabel('Find a person or topic').fill(to);
		await this.picker.getByRole('option').first().click();
	}

	/** Sends a message to the chosen audience, or to another one. */
	async say(text, { to, title, priority, asks, times } = {}) {
		if (to) await this.address(to);
		if (title) await this.title.fill(title);
		if (priority) await this.page.getByRole('radio', { name: priority }).check();
		if (asks) await this.ask(asks, times);
		await this.text.fill(text);
		await this.send.click();
		// An urgent message is sent by the second press.
		if (priority === 'Urgent') await this.page.getByRole('button', { name: /^Press again to send/ }).click();
	}

	/** The next message asks for an acknowledgement with these words, and is repeated so many times. */
	async ask(words, times = 0) {
		await this.page.getByRole('switch', { name: 'Ask people to confirm' }).check();
		await this.page.getByLabel('Button text').fill(words);
		if (times === 0) return;
		await this.page.getByLabel('Remind').selectOption(String(times));
		await this.page
			.locator('#composer')
			.getByRole('spinbutton', { name: /^every/ })
			.fill('1');
	}

	/** Chooses a file of names and looks at them. */
	async look(name, bytes) {
		const file = { name, mimeType: 'text/csv', buffer: Buffer.from(bytes) };
		await this.page.locator('input[type=file]').setInputFiles(file);
		await this.page.getByRole('heading', { name: 'Are these names right?' }).waitFor();
	}

	/** Imports the names of a file. */
	async import(name, bytes) {
		await this.look(name, bytes);
		const add = this.page.getByRole('button', { name: /^Add [\d,]+ (person|people)$/ });
		await add.click();
		await add.waitFor({ state: 'detached' });
	}

	/** Goes to the room, the announcements or the search. */
	async turn(page) {
		await this.page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: page }).click();
	}

	/** Goes to the settings, and there to a section. */
	async settings(section) {
		await this.turn('Settings');
		await this.page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name: section }).click();
	}

	/** Runs an action and waits until the settings page says that it was saved. */
	async saves(act) {
		const at = () => document.querySelector('[role=status] time')?.dateTime ?? '';
		const before = await this.page.evaluate(at);
		await act();
		await this.page.waitForFunction(
			(was) => (document.querySelector('[role=status] time')?.dateTime ?? '') > was,
			before,
		);
	}

	/** Confirms a dialog, and waits until it is gone. */
	async confirm(act) {
		await this.dialog.getByRole('button', { name: act }).click();
		await this.dialog.waitFor({ state: 'detached' });
	}

	/** Opens the menu of a person, and chooses an action. */
	async aboutPerson(name, act) {
		const row = this.person(name);
		const menu = row.getByRole('button', { name: /^More about/ });
		if (!(await menu.isVisible())) await row.getByRole('button').first().click();
		await menu.click();
		await row.getByRole('button', { name: act }).click();
	}

	/** Opens an announcement by a part of its text. */
	async open(announcement) {
		await this.turn('Announcements');
		await this.page.locator('button.told', { hasText: announcement }).click();
	}

	/** A receipt count of the open announcement. */
	gauge(name) {
		return this.page.locator('#announcement').getByRole('row', { name: new RegExp(`^${name} `) });
	}

	/** Opens the menu of the first message with this text, and chooses an action; others may quote it. */
	async aboutMessage(text, act) {
		const row = this.row(text).first();
		await row.hover();
		await row.getByRole('button', { name: /^More about the message/ }).click();
		await row.getByRole('button', { name: act }).click();
	}

	/** Deletes the first message with this text for everyone. */
	async withdraw(text) {
		await this.aboutMessage(text, /^Delete for everyone/);
		await this.dialog.getByRole('button', { name: 'Delete for everyone' }).click();
		await this.dialog.waitFor({ state: 'detached' });
	}

	async reply(to, text) {
		const row = this.row(to);
		await row.hover();
		await row.getByRole('button', { name: /^Reply/ }).click();
		await this.text.fill(text);
		await this.send.click();
	}

	async createTopic(title, kind = 'Members') {
		await this.page.getByRole('tab', { name: /^Topics/ }).click();
		await this.page.getByRole('button', { name: 'New topic' }).click();
		await this.dialog.getByLabel('Name', { exact: true }).fill(title);
		await this.dialog.getByRole('radio', { name: new RegExp(`^${kind}`) }).check();
		await this.dialog.getByRole('button', { name: 'Create topic' }).click();
		await this.dialog.waitFor({ state: 'detached' });
	}

	/** Removes a person from the room, with a reason that they read. */
	async disconnect(name, reason) {
		await this.page.locator('#tab-people').click();
		await this.aboutPerson(name, /^Remove/);
		await this.dialog.getByLabel('What they will read').fill(reason);
		await this.dialog.getByRole('button', { name: 'Remove person' }).click();
	}
}
