// The client page's states, one after the other.

export async function talkStates(camera, phone, dashboard) {
	const { page } = phone;
	await camera.shoot(page, 'client-talk', { tight: true });
	await phone.reply('Gas alarm', 'Understood. Rosa Ferri and I are at point B too, that makes 21.');
	await phone.write('Is the auditors’ visit at 11 or at 11:30?');
	await dashboard.reply('Is the auditors', '11:30, hall 1 first.');
	await phone.row('11:30, hall 1').first().waitFor();
	await camera.shoot(page, 'client-own');
	await page.locator('#messages').hover();
	await page.mouse.wheel(0, -300);
	await page.getByRole('button', { name: /^Jump to the latest/ }).waitFor();
	await camera.shoot(page, 'client-scrolled-up', { tight: true });
	await page.getByRole('button', { name: /^Jump to the latest/ }).click();
	await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
	await camera.shoot(page, 'client-text-200', { tight: true });
	await page.evaluate(() => (document.documentElement.style.fontSize = ''));
}

export async function sheetStates(camera, phone, dashboard) {
	const { page, dialog } = phone;
	await phone.go('Line 2');
	await dashboard.say('All clear. Back to work.', { to: 'general', title: 'Bay 3 is open again', priority: 'Urgent' });
	await page.getByRole('region', { name: 'Urgent, not seen yet' }).waitFor();
	await phone
		.row('19 at point B')
		.getByRole('button', { name: /^Reply/ })
		.click();
	await phone.text.fill('21 now.');
	await camera.shoot(page, 'client-topic-strip-reply', { tight: true });
	await page.getByRole('button', { name: 'Cancel reply' }).click();
	await phone.text.fill('');
	await page.getByRole('region', { name: 'Urgent, not seen yet' }).getByRole('button', { name: 'Show' }).click();
	await phone.switcher.click();
	await camera.shoot(page, 'client-topics');
	await dialog.getByRole('button', { name: /^All messages/ }).click();
	await phone.settings.first().evaluate((button) => button.click());
	await camera.shoot(page, 'client-settings');
	await dialog.getByRole('button', { name: 'Leave' }).click();
	await camera.shoot(page, 'client-leave');
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await dialog.getByRole('button', { name: 'Close' }).click();
}

/** A draft that is taken to another place, and a topic that is new. */
export async function placeStates(camera, phone, server) {
	const { page } = phone;
	await phone.text.fill('May I go home early?');
	await phone.go('General');
	const question = page.getByRole('region', { name: 'Who should see your draft?' });
	await question.waitFor();
	await camera.shoot(page, 'client-draft', { tight: true });
	await question.getByRole('button', { name: 'Only the operator' }).click();
	await phone.text.fill('');
	await phone.go('All messages');
	await server.verb('create_topic', { topic: 'group-a', title: 'Group A', kind: 'open' });
	await page.getByText('New topic: Group A').waitFor();
	await camera.shoot(page, 'client-new-topic', { tight: true });
	await page.getByRole('button', { name: 'Join Group A' }).click();
	await page.getByText('New topic: Group A').waitFor({ state: 'detached' });
	await camera.shoot(page, 'client-joined');
}

/** Urgent with a button: the whole page, then the strip, then answered. */
export async function urgentStates(camera, phone, dashboard) {
	const { page } = phone;
	// Other sizes move the list, right after a press: the page takes that for scrolling by hand.
	const jump = () =>
		page.evaluate(() => [...document.querySelectorAll('button')].find((b) => b.textContent.includes('Jump'))?.click());
	// The strip is shown only while the message is off the screen.
	await page.locator('#messages').hover();
	await page.mouse.wheel(0, -3000);
	await page.getByRole('button', { name: /^Jump to the latest/ }).waitFor();
	await dashboard.say('Fire alarm in hall 1. This is no drill.', {
		to: 'Everyone',
		title: 'Leave the building',
		priority: 'Urgent',
		asks: 'I am out',
	});
	await page.getByRole('alertdialog').waitFor();
	await camera.shoot(page, 'client-urgent', { tight: true, sideways: true });
	await page.keyboard.press('Escape');
	await page.getByRole('region', { name: 'Urgent, not confirmed yet' }).waitFor();
	await camera.shoot(page, 'client-strip', { tight: true });
	await page
		.getByRole('region', { name: 'Urgent, not confirmed yet' })
		.getByRole('button', { name: 'I am out' })
		.click();
	await page.getByText('You pressed “I am out”').first().waitFor();
	await jump();
	await camera.shoot(page, 'client-answered');
	await dashboard.say('The canteen opens at noon.', { to: 'Everyone', priority: 'Normal', asks: 'I know' });
	await phone.row('The canteen opens').waitFor();
	await jump();
	await camera.shoot(page, 'client-ack');
	await dashboard.withdraw('The canteen opens');
	await phone.row('Deleted by the operator').first().waitFor();
	await jump();
	await camera.shoot(page, 'client-withdrawn');
}
