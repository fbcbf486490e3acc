import { mount } from 'svelte';
import '../lib/ui/tokens.css';
import '../lib/ui/parts.css';
import './client.css';
import App from './App.svelte';
import { ClientApp } from './state/app.svelte';
import { watchViewport } from './state/viewport';

watchViewport();
mount(App, { target: document.getElementById('app')!, props: { app: new ClientApp() } });
