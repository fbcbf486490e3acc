import { expect, it } from 'vitest';
import { troubleWords } from './words';

const refused = (code: string, message: string) =>
	troubleWords({ cause: 'refused', refused: { code, message, final: false } }, true);

it.each(['not_allowed', 'upgrade_required'])('says of %s whom the rest is for: nobody at a phone can do it', (code) => {
	expect(refused(code, 'A proxy changes Host. Set the proxy to pass it on.')).toEqual({
		sentence: 'A proxy changes Host.',
		hint: 'For the operator: Set the proxy to pass it on.',
	});
});

it('leaves what the person can do as the server says it', () => {
	expect(refused('full', 'The room is full. Try again later.').hint).toBe('Try again later.');
	expect(refused('not_allowed', 'A proxy changes Host.').hint).toBe('');
});
