import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Handle of the load generator, which is a process of its own. */
export class Crowd {
	#child = fork(fileURLToPath(new URL('load.mjs', import.meta.url)));
	#url;

	constructor(url) {
		this.#url = url;
		// In a real room these are other machines: the page's processor is not theirs.
		setPriority(this.#child.pid, 10);
	}

	join(count) {
		return this.#ask('join', { count });
	}

	talk(rate, churn = 0) {
		return this.#ask('talk', { rate, churn });
	}

	say(count) {
		return this.#ask('say', { count });
	}

	one(text, topic) {
		return this.#ask('one', { text, topic });
	}

	end() {
		this.#child.kill('SIGKILL');
	}

	async #ask(verb, fields) {
		this.#child.send({ do: verb, url: this.#url, ...fields });
		const [answer] = await once(this.#child, 'message');
		return answer;
	}
}
