/** What only the secure page has: loaded there alone, so that nobody else pays for it. */
export { Extras } from './extras.svelte';
export { default as SecureSettings } from './SecureSettings.svelte';
