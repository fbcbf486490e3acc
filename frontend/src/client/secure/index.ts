/** Features that need a secure context: loaded at the encrypted address alone. */
export { Extras } from './extras.svelte';
export { default as SecureSettings } from './SecureSettings.svelte';
