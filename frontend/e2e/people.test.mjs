import assert from 'node:assert/strict';
import { test } from 'node:test';
import { focused } from './checks.mjs';
import { eventually, useStage } from './stage.mjs';

const stage = useStage();

test('a person is said in words of the room; address and device are a fold away', async () => {
	await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
	const dashboard = await stage.dashboard();
	const ana = dashboard.person('Ana Lima');
	await ana.waitFor();
	const technical = /127\.0\.0\.1| ms\b|e2e-ana/;
	await ana.getByRole('button').first().click();
	await ana.getByText('Technical').waitFor();
	assert.doesNotMatch(await ana.innerText(), technical);
	await ana.getByText('Technical').click();
	await ana.getByText('127.0.0.1').waitFor();
	await ana.getByText('e2e-ana').waitFor();
});

test('removing and blocking say whether the person can join again, and the focus comes back', async () => {
	await stage.wire({ name: 'Ana Lima', user_id: 'e2e-ana' });
	const dashboard = await stage.dashboard();
	const { page, dialog } = dashboard;
	for (const [act, says, button] of [
		[/^Remove/, 'They can join again.', 'Remove person'],
		[/^Block ?Removed/, 'cannot join again from any device they have used', 'Block person'],
		[/^Block 127/, 'Nobody can join from this address any more. Nobody else uses it now.', 'Block address'],
		[/^Release name/, 'can join again as somebody new', 'Release name'],
	]) {
		await dashboard.aboutPerson('Ana Lima', act);
		await dialog.getByText(says).waitFor();
		await dialog.getByRole('button', { name: button }).waitFor();
		await eventually(async () => assert.match(await focused(page), /^Cancel$/));
		await page.keyboard.press('Enter');
		await dialog.waitFor({ state: 'detached' });
		await eventually(async () => assert.match(await focused(page), /^More about Ana Lima/));
	}
	assert.equal(await dashboard.people.count(), 1, 'nobody was removed');
});
