import { expect, it } from 'vitest';
import { askRefusal } from './refusal';

const answering = (status: number, body: unknown) =>
	(() => Promise.resolve(new Response(JSON.stringify(body), { status }))) as typeof fetch;

it('reads a refusal for now', async () => {
	const refused = await askRefusal('/x', answering(503, { code: 'full', message: 'Full.', retry_ms: 5_000 }));
	expect(refused).toEqual({ code: 'full', message: 'Full.', retry_ms: 5_000, final: false });
});

it('reads a refusal for good', async () => {
	const refused = await askRefusal('/x', answering(403, { code: 'not_allowed', message: 'Blocked.' }));
	expect(refused).toEqual({ code: 'not_allowed', message: 'Blocked.', final: true });
});

it.each([426, 200, 404, 500])('is not refused by %i', async (status) => {
	expect(await askRefusal('/x', answering(status, { code: 'x', message: 'y' }))).toBeUndefined();
});

it.each([[[]], ['text'], [{ code: 1, message: 'y' }], [null]])('takes %j of a proxy as no answer', async (body) => {
	expect(await askRefusal('/x', answering(503, body))).toBeUndefined();
});

it('is not refused by nobody', async () => {
	expect(await askRefusal('/x', () => Promise.reject(new TypeError('no route')))).toBeUndefined();
});
