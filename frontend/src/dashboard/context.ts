import { createContext } from 'svelte';
import type { Dashboard } from './state/dashboard.svelte';
import type { DashboardView } from './view.svelte';

/** Context of all components: the state of the dashboard, and of its view. */
export interface DashboardContext {
	dashboard: Dashboard;
	view: DashboardView;
}

export const [useDashboard, provideDashboard] = createContext<DashboardContext>();
