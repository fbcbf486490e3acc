import { asError } from '../operator/calls';
import { Puller } from './puller';

/** How often it is told at most. */
const TELL_EVERY = 500;

/** Tells the server something of a person's messages up to one of them, once for many; what is lost is told when it is asked again. */
export class Teller {
	/** The epoch of the log that the messages are of. */
	epoch: string | undefined;
	readonly #due = new Map<string, number>();
	readonly #puller = new Puller(() => this.#tell(), TELL_EVERY);

	constructor(private readonly say: (userID: string, seq: number, epoch?: string) => Promise<void>) {}

	tell(userID: string, seq: number): void {
		this.#due.set(userID, Math.max(seq, this.#due.get(userID) ?? 0));
		this.#puller.ask();
	}

	/** Tells what could not be told while the connection was lost. */
	again(): void {
		if (this.#due.size > 0) this.#puller.ask();
	}

	/** Forgets what was not told: it is of another log. */
	reset(): void {
		this.#due.clear();
	}

	async #tell(): Promise<void> {
		for (const [userID, seq] of [...this.#due]) {
			try {
				await this.say(userID, seq, this.epoch);
			} catch (cause) {
				if (asError(cause).code === 'lost') return;
			}
			if (this.#due.get(userID) === seq) this.#due.delete(userID);
		}
	}
}
