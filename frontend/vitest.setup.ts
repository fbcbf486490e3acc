import { BroadcastChannel } from 'node:worker_threads';

// Every browser has it, and happy-dom has none.
globalThis.BroadcastChannel ??= BroadcastChannel as unknown as typeof globalThis.BroadcastChannel;

// Times are written as the browser's language has them: every unit test reads in the same one.
for (const [name, value] of Object.entries({ language: 'en-GB', languages: ['en-GB'] }))
	Object.defineProperty(navigator, name, { value, configurable: true });
