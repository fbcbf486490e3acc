/** What is there at the encrypted address only: loaded there alone, so that nobody else pays for it. */
export { Extras } from './extras.svelte';
export { default as SecureSettings } from './SecureSettings.svelte';
