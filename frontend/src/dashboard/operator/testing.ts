/** A WebSocket whose other end is the test. */
export class FakeSocket {
	readyState: number = WebSocket.CONNECTING;
	onopen?: () => void;
	onclose?: (event: { code: number }) => void;
	onmessage?: (event: { data: string }) => void;
	closed = false;
	sent: Record<string, unknown>[] = [];

	send(frame: string): void {
		this.sent.push(JSON.parse(frame) as Record<string, unknown>);
	}

	close(): void {
		this.closed = true;
		this.readyState = WebSocket.CLOSED;
	}

	open(): void {
		this.readyState = WebSocket.OPEN;
		this.onopen?.();
	}

	say(frame: object): void {
		this.onmessage?.({ data: JSON.stringify(frame) });
	}

	fail(code = 1006): void {
		this.readyState = WebSocket.CLOSED;
		this.onclose?.({ code });
	}
}
