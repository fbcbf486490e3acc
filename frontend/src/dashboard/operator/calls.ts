import { OperatorError } from './operator';

/** How long a verb may take before the page says that no answer came. */
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

/** Verbs that were sent and are not answered yet, paired by id on one connection. */
export class Calls {
	#next = 1;
	#waiting = new Map<string, PendingCall>();

	/** onsilence: a verb was left unanswered, so the connection is not to be trusted. */
	constructor(private readonly onsilence: () => void) {}

	/** Makes an id, hands the frame to send, and settles when its answer comes or the connection goes. */
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

	/** Settles the verb that this answers; false where none waits for it. */
	settle(answer: Answer): boolean {
		const waiting = answer.id === undefined ? undefined : this.#waiting.get(answer.id);
		if (!waiting) return false;
		this.#waiting.delete(answer.id!);
		clearTimeout(waiting.timer);
		if (answer.type === 'error') waiting.reject(asError(answer));
		else waiting.resolve(answer);
		return true;
	}

	/** Ends all that wait: their connection is gone, and whether they were carried out is not known. */
	fail(error: OperatorError): void {
		const waiting = [...this.#waiting.values()];
		this.#waiting.clear();
		for (const one of waiting) {
			clearTimeout(one.timer);
			one.reject(error);
		}
	}
}

/** What a door was refused with, as an OperatorError: an error frame, a JSON string, or a plain sentence. */
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
