import { mount } from 'svelte';
import App from './App.svelte';
import '../lib/ui/tokens.css';

mount(App, { target: document.getElementById('app')! });
