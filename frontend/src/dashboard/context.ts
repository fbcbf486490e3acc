import { createContext } from 'svelte';
import type { Dashboard } from './state/dashboard.svelte';
import type { View } from './view.svelte';

/** What every component of the dashboard may ask for: what is known, and what is seen of it. */
export interface Desk {
	dashboard: Dashboard;
	view: View;
}

export const [useDesk, provideDesk] = createContext<Desk>();
