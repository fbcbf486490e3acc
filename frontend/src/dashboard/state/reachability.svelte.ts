import { asError } from '../operator/calls';
import type { AddressTest, Operator } from '../operator/operator';

/** Reachability of the address shown to people: tested once each, and again on request. */
export class Reachability {
	/** Result of the last test; undefined before the first and while another address is tested. */
	result = $state.raw<AddressTest>();
	/** When that was, as epoch milliseconds. */
	at = $state(0);
	busy = $state(false);
	refusal = $state('');

	#host = '';

	constructor(private readonly operator: Pick<Operator, 'testAddress'>) {}

	/** Tests an address, unless it is the last one. */
	follow(host: string): void {
		if (host === this.#host || !host) return;
		this.#host = host;
		this.result = undefined;
		void this.again();
	}

	/** Tests the same address again. */
	async again(): Promise<void> {
		const host = this.#host;
		this.busy = true;
		this.refusal = '';
		try {
			const result = await this.operator.testAddress(host);
			// Another one may be shown meanwhile.
			if (host !== this.#host) return;
			this.result = result;
			this.at = Date.now();
		} catch (cause) {
			if (host === this.#host) this.refusal = asError(cause).message;
		} finally {
			if (host === this.#host) this.busy = false;
		}
	}
}
