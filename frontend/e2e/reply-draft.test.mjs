import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useStage } from './stage.mjs';

const stage = useStage();

test('a reply asks before a draft for one person is read by others', async () => {
	const ana = await stage.wire({ name: 'Ana Lima', user_id: 'ana', token: 'the-token-of-person-ana' });
	const dashboard = await stage.dashboard();
	const { page, dialog, readers, text } = dashboard;
	await ana.post('Which door?', 'general');
	await dashboard.row('Which door?').waitFor();
	await dashboard.address('Ana Lima');
	await text.fill('Your test result is back.');
	const pressReply = async () => {
		await dashboard.row('Which door?').hover();
		await dashboard
			.row('Which door?')
			.getByRole('button', { name: /^Reply/ })
			.click();
	};
	await pressReply();
	await dialog
		.getByText('You started it for Ana Lima only. As a reply it would be read by everyone in General.')
		.waitFor();
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await readers.getByText('Ana Lima').waitFor();
	assert.equal(await text.inputValue(), 'Your test result is back.');

	await pressReply();
	await dashboard.confirm('Use the draft');
	await readers.getByText('General').waitFor();
	assert.equal(await text.inputValue(), 'Your test result is back.');
	assert.equal(await page.evaluate(() => document.activeElement?.id), 'message');

	// What everyone was to read narrows without a question.
	await text.fill('');
	await dashboard.address('Everyone');
	await text.fill('Lunch at noon.');
	await pressReply();
	await readers.getByText('General').waitFor();
	assert.equal(await dialog.count(), 0);
});
