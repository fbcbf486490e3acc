import { expect, it } from 'vitest';
import { NO_WEBSOCKETS } from '../../lib/address';
import { askRefusal, PASSES } from './refusal';

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

it.each([200, 404, 500, 502, 504])('is not refused by %i', async (status) => {
	expect(await askRefusal('/x', answering(status, { code: 'x', message: 'y' }))).toBeUndefined();
});

it.each([[[]], ['text'], [{ code: 1, message: 'y' }], [null]])('takes %j of a proxy as no answer', async (body) => {
	expect(await askRefusal('/x', answering(503, body))).toBeUndefined();
});

it('is not refused by nobody', async () => {
	expect(await askRefusal('/x', () => Promise.reject(new TypeError('no route')))).toBeUndefined();
});

it('reads a proxy that changes Host as a refusal for now', async () => {
	const body = { code: 'not_allowed', message: 'A proxy changes Host.', retry_ms: 10_000 };
	expect(await askRefusal('x', answering(403, body))).toEqual({ ...body, final: false });
});

it('reads an answer that a handshake would succeed', async () => {
	const body = { code: 'upgrade_required', message: 'This address is for WebSocket connections.' };
	expect(await askRefusal('x', answering(426, body))).toEqual({ code: PASSES, message: NO_WEBSOCKETS, final: false });
	const page = () => Promise.resolve(new Response('<h1>426</h1>', { status: 426 }));
	expect(await askRefusal('x', page)).toMatchObject({ code: PASSES });
});

it('takes HTML of a proxy as no answer', async () => {
	const page = () => Promise.resolve(new Response('<h1>503 Service Unavailable</h1>', { status: 503 }));
	expect(await askRefusal('x', page)).toBeUndefined();
});

it('names its own origin, which a browser does not send with a plain GET', async () => {
	let asked = '';
	await askRefusal('ws/client', ((url: string) => {
		asked = url;
		return Promise.reject(new TypeError('no route'));
	}) as typeof fetch);
	expect(asked).toBe(`ws/client?origin=${encodeURIComponent(location.origin)}`);
});
