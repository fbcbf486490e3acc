/** What the tests of the client page share. */
import { Store } from '../lib/storage';
import type { Wire } from './connection/socket';

/** A store without storage behind it: it forgets when the test ends. */
export const memory = (): Store =>
	new Store('test.', () => {
		throw new Error('no storage');
	});

/** The server's end of one connection. */
export class FakeServer {
	readonly wire: Wire;

	/** frames: where what the page sends is noted, for tests that look at several connections as one. */
	constructor(readonly frames: Record<string, unknown>[] = []) {
		this.wire = {
			readyState: WebSocket.OPEN,
			...{ onopen: null, onmessage: null, onclose: null },
			send: (data) => void this.frames.push(JSON.parse(String(data)) as Record<string, unknown>),
			close: () => undefined,
		};
	}

	open(): void {
		this.wire.onopen!();
	}

	say(frame: object): void {
		this.wire.onmessage?.({ data: JSON.stringify(frame) });
	}

	close(code: number, reason = ''): void {
		this.wire.onclose?.({ code, reason });
	}

	get last(): Record<string, unknown> | undefined {
		return this.frames.at(-1);
	}
}
