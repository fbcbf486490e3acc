import '../lib/ui/ui.css';
import './trust.css';
import { folder } from '../lib/address';
import { date } from '../lib/format';
import { handoffLink, secureAddress, type HandoffIdentity } from '../lib/handoff';
import { Store } from '../lib/storage';

/** The server's certificate authority. */
interface About {
	/** "": it has none. */
	name: string;
	fingerprint: string;
	until: string;
	port: number;
	names: string[];
	speaks_for: string[];
}

const at = (id: string) => document.getElementById(id)!;

// The page says all that it can without this; here come the figures of this very server.
async function fill(): Promise<void> {
	const answer = await fetch('trust/about', { cache: 'no-store' });
	if (!answer.ok) return;
	const about = (await answer.json()) as About;
	const on = about.name !== '';
	at('off').hidden = on;
	at('on').hidden = !on;
	if (!on) return;
	at('fingerprint').textContent = `SHA-256 ${about.fingerprint.replaceAll(':', ' ')}`;
	at('name').textContent = about.name;
	at('until').textContent = `It expires on ${date(about.until)}.`;
	at('names').textContent = about.speaks_for
		.map((name) => (name === 'local' ? 'names that end in .local' : name))
		.join(', ');
	const secure = at('secure') as HTMLAnchorElement;
	// At a path of its own the page came through a proxy, whose host need not have that port.
	if (about.port === 0 || folder() !== '/')
		return secure.parentElement!.replaceChildren('The encrypted address is not open at the moment.');
	const person = (new Store().get('identity') ?? {}) as Partial<HandoffIdentity> & { inside?: boolean };
	const { user_id = '', token = '', name = '' } = person;
	const url = secureAddress(about.port);
	secure.href = person.inside && location.protocol === 'http:' ? handoffLink(url, { user_id, token, name }) : url;
}

/** The heading for the device in somebody's hand. */
function system(agent = navigator.userAgent): string {
	if (/Android/u.test(agent)) return 'android';
	if (/iPhone|iPad/u.test(agent) || (/Macintosh/u.test(agent) && navigator.maxTouchPoints > 1)) return 'ios';
	if (/Firefox/u.test(agent)) return 'firefox';
	if (/Windows/u.test(agent)) return 'windows';
	return /Macintosh/u.test(agent) ? 'mac' : 'linux';
}

const mine = system();
(at(mine) as HTMLDetailsElement).open = true;
if (mine === 'ios') {
	at('profile').classList.add('main');
	at('take').classList.remove('main');
}
void fill().catch(() => undefined);
