import { asError } from '../operator/calls';

/** Submission of a form: busy until it is answered, and the refusal as a sentence. */
export class Submission {
	busy = $state(false);
	refusal = $state('');

	/** act submits the form and throws its refusal. ondone follows a success. */
	constructor(
		private readonly act: () => Promise<unknown>,
		private readonly ondone: () => void = () => undefined,
	) {}

	/** Submits; for a form's onsubmit and for a button's onclick alike. One at a time. */
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
