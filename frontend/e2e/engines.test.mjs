// What must never go wrong, in all three engines that people have.
import assert from 'node:assert/strict';
import { inEveryEngine } from './engines/stage.mjs';

// A press within a moment after the page appeared does not count.
const MOMENT = 800;

/** Presses the button of the urgent page until the server knows it. */
async function acknowledge(scene, phone, seq) {
	const pressed = async () => {
		if (await phone.has('dialog')) await phone.click('button', 'Understood');
		return (await scene.server.verb('receipts', { seqs: [seq] })).receipts[0].acked === 1;
	};
	await phone.until('acknowledged', pressed, undefined, MOMENT);
}

inEveryEngine({
	'what was acknowledged stays so after a reload': async (scene) => {
		const phone = await scene.phone('Ana Lima');
		const alarm = { message: 'Leave by the north stairs.', title: 'Fire alarm', priority: 5, ack: 'Understood' };
		const { seq } = await scene.server.verb('broadcast', alarm);
		await phone.find('dialog', 'Fire alarm');
		await acknowledge(scene, phone, seq);
		await phone.reload();
		await phone.sees('You pressed');
		assert.equal(await phone.has('dialog'), false);
	},
});
