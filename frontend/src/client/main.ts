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
	mount(App, { target, props: { app } });
};

watchViewport();
const PERSON = /[#&]token=/u;
const SECRET = /[#&](?:token|code)=/u;
const brought = location.hash;
// The join code of a QR code or a link: it stands in the fragment, which browsers send to nobody.
const code = new URLSearchParams(brought.slice(1)).get('code') ?? '';
// A link that is opened in a page that is there already loads nothing by itself.
addEventListener('hashchange', () => SECRET.test(location.hash) && location.reload());
// Whoever looks at the address bar must not see who somebody is, nor the code, whatever becomes of the rest.
if (SECRET.test(brought)) history.replaceState(null, '', location.pathname + location.search);
if (PERSON.test(brought)) {
	void import('./handoff').then(({ acceptHandoff }) => acceptHandoff(brought, target)).finally(start);
} else start();
