import { mount } from 'svelte';
import '../lib/ui/tokens.css';
import '../lib/ui/parts.css';
import './client.css';
import App from './App.svelte';
import { ClientApp } from './state/app.svelte';
import { watchViewport } from './state/viewport';

const target = document.getElementById('app')!;
const start = () => mount(App, { target, props: { app: new ClientApp() } });

watchViewport();
const PERSON = /[#&]token=/u;
const brought = location.hash;
// A link that is opened in a page that is there already loads nothing by itself.
addEventListener('hashchange', () => PERSON.test(location.hash) && location.reload());
// Whoever looks at the address bar must not see who somebody is, whatever becomes of the rest.
if (PERSON.test(brought)) {
	history.replaceState(null, '', location.pathname + location.search);
	void import('./passage').then(({ arrive }) => arrive(brought, target)).finally(start);
} else start();
