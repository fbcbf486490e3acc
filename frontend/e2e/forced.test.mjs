import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from './checks.mjs';
import { useStage } from './stage.mjs';
import { fill } from './states.mjs';

const stage = useStage();

/** The system gives the colours, as Windows does with high contrast. */
const forced = (page, colorScheme) =>
	page.emulateMedia({ forcedColors: 'active', colorScheme, reducedMotion: 'reduce' });

/** What is drawn of an element or its pseudo-element: its surface, its edge, and what lies behind it. */
async function drawn(locator, pseudo) {
	await settled(locator.page());
	return locator.evaluate((element, which) => {
		const { backgroundColor, borderBottomColor, borderLeftWidth } = getComputedStyle(element, which);
		const behind = getComputedStyle(document.body).backgroundColor;
		return {
			fill: backgroundColor,
			under: borderBottomColor,
			left: borderLeftWidth,
			behind,
		};
	}, pseudo);
}

/** A switch: its track, and the thumb in it. */
const knob = async (locator) => [await drawn(locator), await drawn(locator, '::before')];

/** A switch shows its thumb off and on, and its track tells both apart. */
async function tellsOnFromOff(locator) {
	const was = await locator.isChecked();
	await locator.setChecked(false, { force: true });
	const [offTrack, offThumb] = await knob(locator);
	await locator.setChecked(true, { force: true });
	const [onTrack, onThumb] = await knob(locator);
	await locator.setChecked(was, { force: true });
	assert.notEqual(offThumb.fill, offTrack.fill, 'the thumb of a switch that is off');
	assert.notEqual(onThumb.fill, onTrack.fill, 'the thumb of a switch that is on');
	assert.notEqual(onTrack.fill, offTrack.fill, 'the track says on or off');
}

/** The chosen one of a few is filled, the others are not. */
async function tellsChosen(choice) {
	const chosen = await drawn(choice.locator('label:has(:checked)'));
	const other = await drawn(choice.locator('label:not(:has(:checked))').first());
	assert.notEqual(chosen.fill, other.fill);
	assert.notEqual(chosen.fill, chosen.behind);
}

for (const scheme of ['light', 'dark']) {
	test(`the dashboard says what is chosen where the system gives the colours, ${scheme}`, async () => {
		const dashboard = await stage.dashboard();
		const { page } = dashboard;
		await fill(stage);
		await forced(page, scheme);

		const here = page.getByRole('navigation', { name: 'Pages' }).getByRole('button', { name: 'Room' });
		const line = await drawn(here, '::after');
		assert.notEqual(line.fill, line.behind, 'the line under the current page');

		const [people, topics] = [page.locator('#tab-people'), page.locator('#tab-topics')];
		assert.notEqual((await drawn(people)).under, (await drawn(people)).behind, 'the line under the chosen tab');
		const edges = await topics.evaluate((tab) => getComputedStyle(tab).borderBlockWidth);
		assert.equal(edges, '0px', 'no line at the other tab');

		await tellsChosen(page.locator('#composer .choice').first());
		await tellsOnFromOff(page.locator('#composer').getByRole('switch').first());

		const stroke = await drawn(page.locator('.bell.off'), '::after');
		assert.notEqual(stroke.fill, stroke.behind, 'the stroke through the bell');

		const code = page.locator('.join svg[role=img]').first();
		assert.equal((await drawn(code)).fill, 'rgb(255, 255, 255)', 'a camera expects the code on white');
	});

	test(`the phone says what is chosen where the system gives the colours, ${scheme}`, async () => {
		const dashboard = await stage.dashboard();
		const phone = await stage.phone();
		await forced(phone.page, scheme);
		await tellsOnFromOff(phone.page.getByRole('switch'));
		await phone.comeIn('Ana Lima');
		await dashboard.say('Gas alarm. Leave by the north door.', { title: 'Leave bay 3 now', priority: 'Urgent' });
		const urgent = phone.row('Gas alarm.');
		await urgent.waitFor();
		assert.equal((await drawn(urgent)).left, '4px', 'an edge, as the wash is gone');

		await phone.settings.click();
		await tellsChosen(phone.dialog.locator('.choice').first());
		await phone.page.keyboard.press('Escape');

		await phone.switcher.click();
		const rows = phone.dialog.getByRole('listitem');
		const at = await drawn(rows.filter({ has: phone.page.locator('[aria-current]') }));
		assert.notEqual(at.fill, (await drawn(rows.last())).fill, 'the place that one is in');
	});
}

test('small icons keep their stroke in every browser: it is a length, with its unit', async () => {
	const phone = await stage.phone('Ana Lima');
	const [token, drawn] = await phone.page
		.locator('.icon.small')
		.first()
		.evaluate((icon) => {
			const style = getComputedStyle(icon);
			return [style.getPropertyValue('--stroke-icon-small'), style.strokeWidth];
		});
	assert.match(token, /1\.5px/);
	assert.equal(drawn, '1.8px');
});
