import './dashboard.css';
import { mount } from 'svelte';
import { chooseOperator } from './operator/choose';
import { Dashboard } from './state/dashboard.svelte';
import App from './App.svelte';

const dashboard = new Dashboard(await chooseOperator());
mount(App, { target: document.getElementById('app')!, props: { dashboard } });
