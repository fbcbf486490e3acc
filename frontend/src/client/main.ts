import { mount } from 'svelte';
import '../lib/ui/ui.css';
import './client.css';
import App from './App.svelte';
import { ClientApp } from './app.svelte';
import { watchViewport } from './view/viewport';

const target = document.getElementById('app')!;
const start = () => {
	const app = new ClientApp();
	app.session.joinForm.takeLinkCode(code);
	if (topic) app.want(topic);
	mount(App, { target, props: { app } });
};

watchViewport();
const PERSON = /[#&]token=/u;
const BROUGHT = /[#&](?:token|code|topic)=/u;
const brought = location.hash;
// The join code of a QR code or a link: it stands in the fragment, which browsers send to nobody.
const fields = new URLSearchParams(brought.slice(1));
const code = fields.get('code') ?? '';
// The topic that a link or a QR code leads to; it may stand beside the join code.
const topic = fields.get('topic') ?? '';
// A link that is opened in a page that is there already loads nothing by itself.
addEventListener('hashchange', () => BROUGHT.test(location.hash) && location.reload());
// Whoever looks at the address bar must not see who somebody is, nor the code, whatever becomes of the rest.
if (BROUGHT.test(brought)) history.replaceState(null, '', location.pathname + location.search);
if (PERSON.test(brought)) {
	void import('./handoff').then(({ acceptHandoff }) => acceptHandoff(brought, target)).finally(start);
} else start();
