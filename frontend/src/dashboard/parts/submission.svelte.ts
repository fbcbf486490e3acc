import { asError } from '../operator/calls';
import { released } from './press';

/** Submission of a form: busy until it is answered, and the refusal as a sentence, which moves nothing under a press. */
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
		let refusal = '';
		if (!released()) this.refusal = refusal;
		try {
			await this.act();
			this.ondone();
		} catch (cause) {
			refusal = asError(cause).message;
		}
		await released();
		this.refusal = refusal;
		this.busy = false;
	};
}
