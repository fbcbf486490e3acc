import { createContext } from 'svelte';
import type { Dashboard } from './state/dashboard.svelte';
import type { DashboardView } from './view.svelte';

/** What every component of the dashboard may ask for: what is known, and what is seen of it. */
export interface DashboardContext {
	dashboard: Dashboard;
	view: DashboardView;
}

export const [useDashboard, provideDashboard] = createContext<DashboardContext>();
