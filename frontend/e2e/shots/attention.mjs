// Who waits for the operator, above a page on which they would not be seen.

/** writer: a person in the room, who calls; a stranger knocks. */
export async function attentionStates(camera, dashboard, stage, writer) {
	const { page } = dashboard;
	const strips = page.getByRole('region', { name: 'Waiting for you' });
	await dashboard.turn('Search');
	writer.notify('I need help at bay 3. The gate does not close.');
	await stage.server.verb('set_access', { access: 'approval' });
	const stranger = await stage.wire();
	const waits = stranger.heard('waiting');
	stranger.say({ action: 'hello', name: 'Tomasz Wrona', user_id: 'waits-shot', token: 'a-token-of-waits-shot' });
	await waits;
	await strips.getByText('Tomasz Wrona').waitFor();
	await strips.getByText('I need help').waitFor();
	await camera.shoot(page, 'dashboard-strips', { tight: true });
	await strips.getByRole('button', { name: /^Answer/ }).click();
	await strips.getByRole('textbox').fill('Coming. Stay where you are.');
	await camera.shoot(page, 'dashboard-strips-answering');
	await strips.getByRole('button', { name: /^Send to/ }).click();
	await strips.getByText('I need help').waitFor({ state: 'detached' });
	stranger.close();
	await stage.server.verb('set_access', { access: 'open' });
	await dashboard.turn('Room');
}
