import { describe, expect, it } from 'vitest';
import type { Item } from '../log/messages.svelte';
import { memory } from '../testing';
import { DraftState } from './draft.svelte';

const item = { message: { seq: 7, message: 'Which door?' } } as Item;

function written(text = 'I feel unwell.', to = ''): DraftState {
	const draft = new DraftState(memory());
	draft.aim(to);
	draft.text = text;
	draft.save();
	return draft;
}

describe('DraftState', () => {
	it('takes the audience of a place, and asks where something is written for others', () => {
		const draft = written('');
		draft.move('kitchen');
		expect([draft.audience, draft.question]).toEqual(['kitchen', undefined]);
		draft.text = 'Soup.';
		draft.move('');
		expect([draft.audience, draft.question]).toEqual(['kitchen', { from: 'kitchen', to: '' }]);
		draft.move('garage');
		expect(draft.question).toEqual({ from: 'kitchen', to: 'garage' });
		draft.move('kitchen');
		expect(draft.question).toBeUndefined();
		draft.move('');
		draft.settle('');
		expect([draft.audience, draft.question]).toEqual(['', undefined]);
	});

	it('has the audience of a reply for that one message', () => {
		const draft = written('', 'kitchen');
		draft.answer(item, 'Ana', 'general');
		draft.text = 'The north one.';
		expect([draft.audience, draft.question]).toEqual(['general', undefined]);
		draft.clear();
		expect([draft.audience, draft.answering]).toEqual(['kitchen', undefined]);
	});

	it('asks before a text for few goes to more with a reply, however often that is pressed', () => {
		const draft = written();
		draft.answer(item, 'Ana', 'general');
		draft.answer(item, 'Ana', 'general');
		expect(draft.question).toEqual({ from: '', to: 'general' });
		draft.settle('general');
		expect([draft.audience, draft.answering?.seq, draft.to]).toEqual(['general', 7, '']);
	});

	it('asks before a private reply goes to more without its quote', () => {
		const draft = written('', 'kitchen');
		draft.answer(item, 'Operator', '');
		draft.text = 'No.';
		draft.stopAnswering();
		expect(draft.question).toEqual({ from: '', to: 'kitchen' });
	});

	it('is for whom it was begun until the question is answered, over a reload too, and where the question is left', () => {
		const store = memory();
		const draft = new DraftState(store);
		draft.text = 'I feel unwell.';
		draft.answer(item, 'Ana', 'general');
		const again = new DraftState(store);
		expect(again.question).toEqual({ from: '', to: 'general' });
		for (const one of [draft, again]) {
			one.leaveQuestion();
			expect([one.text, one.audience, one.question]).toEqual(['I feel unwell.', '', undefined]);
		}
	});

	it('is for the operator where its topic is closed, also once that is open again', () => {
		const draft = written('Soup.', 'kitchen');
		expect(draft.topics).toEqual(['kitchen']);
		draft.close('garage');
		expect(draft.audience).toBe('kitchen');
		draft.answer(item, 'Operator', '');
		draft.close('kitchen');
		expect([draft.audience, draft.answering?.seq, draft.to]).toEqual(['', 7, '']);
		const moved = written('Soup.', 'garage');
		moved.move('kitchen');
		moved.close('kitchen');
		expect([moved.audience, moved.question]).toEqual(['garage', undefined]);
		moved.move('kitchen');
		moved.close('garage');
		expect([moved.audience, moved.question]).toEqual(['', undefined]);
	});

	it('is kept with its audience, which is for that draft alone', () => {
		const store = memory();
		const draft = new DraftState(store);
		draft.aim('kitchen');
		draft.answer(item, 'Operator', '');
		draft.text = 'No.';
		draft.save();
		const again = new DraftState(store);
		expect([again.text, again.audience, again.to]).toEqual(['No.', '', 'kitchen']);
		again.clear();
		expect(again.audience).toBe('');
		expect(new DraftState(store).text).toBe('');
	});
});
