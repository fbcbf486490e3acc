import type {
	BlockedAnswer,
	Operator,
	OperatorEvent,
	SessionInfo,
	Settings as Values,
	SettingsAnswer,
} from '../operator/operator';
import { Audit } from './audit.svelte';
import type { Person } from './person';
import { Resource } from './resource.svelte';

type Verbs = Pick<Operator, 'settings' | 'setSettings' | 'sessions' | 'blocked' | 'audit'>;

/** State of the settings page: settings, sessions, bans, and the audit list. */
export class Settings {
	/** Numbers and switches. */
	readonly numbers: Resource<SettingsAnswer>;
	readonly sessions: Resource<{ sessions: SessionInfo[]; missing?: string[] }>;
	readonly blocked: Resource<BlockedAnswer>;
	readonly audit: Audit;
	/** When something was last saved here, as epoch milliseconds; 0: not yet. */
	saved = $state(0);

	constructor(private readonly operator: Verbs) {
		this.numbers = new Resource(() => operator.settings());
		this.sessions = new Resource(() => operator.sessions());
		this.blocked = new Resource(() => operator.blocked());
		this.audit = new Audit(operator);
	}

	/** Watches all of it; the returned function stops that. */
	watch(): () => void {
		const ends = [this.numbers.watch(), this.sessions.watch(), this.blocked.watch(), this.audit.watch()];
		return () => ends.forEach((end) => end());
	}

	onevent(event: OperatorEvent): void {
		this.numbers.onrevision(event.settings_rev);
		this.sessions.onrevision(event.sessions_rev);
		this.blocked.onrevision(event.blocked_rev);
		this.audit.onrevision(event.audit_rev);
	}

	/** Whether somebody, here or away, may read but not write. */
	isMuted({ user_id, muted }: Pick<Person, 'user_id' | 'muted'>): boolean {
		return muted || (this.blocked.value?.muted ?? []).some((ban) => ban.user_id === user_id);
	}

	/** Changes some numbers or switches; they hold at once, on every dashboard. */
	async set(change: Partial<Values>): Promise<void> {
		this.numbers.value = await this.keep(this.operator.setSettings(change));
	}

	/** Waits for a change of any kind to be accepted, and says then that it is saved. */
	async keep<T>(change: Promise<T>): Promise<T> {
		const answer = await change;
		this.saved = Date.now();
		return answer;
	}
}
