import { asError } from '../operator/calls';

/** One form that is handed in: busy until it is answered, and the sentence it was refused with. */
export class Submission {
	busy = $state(false);
	refusal = $state('');

	/** act hands it in; it may throw what it is refused with. ondone follows where it was not. */
	constructor(
		private readonly act: () => Promise<unknown>,
		private readonly ondone: () => void = () => undefined,
	) {}

	/** Hands it in; for a form's onsubmit and for a button's onclick alike. One at a time. */
	submit = async (event?: Event): Promise<void> => {
		event?.preventDefault();
		if (this.busy) return;
		this.busy = true;
		this.refusal = '';
		try {
			await this.act();
			this.ondone();
		} catch (cause) {
			this.refusal = asError(cause).message;
		} finally {
			this.busy = false;
		}
	};
}
