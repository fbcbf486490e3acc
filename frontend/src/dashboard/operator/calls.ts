import { OperatorError } from './operator';

/** Timeout of a call. */
const TIMEOUT = 10_000;

interface PendingCall {
	resolve(answer: unknown): void;
	reject(error: OperatorError): void;
	timer: ReturnType<typeof setTimeout>;
}

/** An answer as it comes over the socket: the verb's own fields beside type and id. */
export interface Answer {
	type: string;
	id?: string;
	code?: string;
	message?: string;
	retry_ms?: number;
}

/** Pending calls of one connection, paired with their answers by id. */
export class Calls {
	#next = 1;
	#waiting = new Map<string, PendingCall>();

	/** onsilence: a call timed out, so the connection may be dead. */
	constructor(private readonly onsilence: () => void) {}

	/** Sends a verb under a new id; settles with its answer, or when the connection is lost. */
	ask<T>(verb: string, fields: object, send: (frame: string) => void): Promise<T> {
		const id = String(this.#next++);
		return new Promise<T>((resolve, reject) => {
			const timer = setTimeout(() => {
				this.#waiting.delete(id);
				reject(new OperatorError('lost', 'Belfry did not answer.'));
				this.onsilence();
			}, TIMEOUT);
			this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject, timer });
			send(JSON.stringify({ action: verb, ...fields, id }));
		});
	}

	/** Settles the pending call of an answer; false where there is none. */
	settle(answer: Answer): boolean {
		const waiting = answer.id === undefined ? undefined : this.#waiting.get(answer.id);
		if (!waiting) return false;
		this.#waiting.delete(answer.id!);
		clearTimeout(waiting.timer);
		if (answer.type === 'error') waiting.reject(asError(answer));
		else waiting.resolve(answer);
		return true;
	}

	/** Rejects all pending calls: the connection is gone, and whether they were carried out is unknown. */
	fail(error: OperatorError): void {
		const waiting = [...this.#waiting.values()];
		this.#waiting.clear();
		for (const one of waiting) {
			clearTimeout(one.timer);
			one.reject(error);
		}
	}
}

/** A refusal as an OperatorError: from an error frame, a JSON string, or a plain sentence. */
export function asError(cause: unknown): OperatorError {
	if (cause instanceof OperatorError) return cause;
	if (typeof cause === 'string') {
		try {
			return asError(JSON.parse(cause) as unknown);
		} catch {
			return new OperatorError('failed', cause);
		}
	}
	const { code, message, retry_ms } = (cause ?? {}) as Answer;
	return new OperatorError(code ?? 'failed', message ?? 'That did not work.', retry_ms);
}
