import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '../../lib/protocol';
import type { Connection, Handlers } from './operator';
import { WindowOperator } from './wails';

type Listener = (payload: unknown) => void;

const listeners = new Map<string, Listener>();
const log: { seq: number }[] = [];
const bound: Record<string, (...args: never[]) => Promise<unknown>> = {};
let commands: string[];
let connections: Connection[];
let withdrawn: number[];
let batches: Message[][];
let end: () => void;

function handlers(): Handlers {
	return {
		onconnection: (one) => connections.push(one),
		onevent: () => {},
		onmessages: (batch) => batches.push(batch),
		onwithdrawn: (seqs) => withdrawn.push(...seqs),
		oncommand: (command) => commands.push(command),
	};
}

const seqs = () => batches.flat().map(({ seq }) => seq);
const settle = () => new Promise((done) => setTimeout(done, 5));

beforeEach(() => {
	[commands, connections, batches, withdrawn] = [[], [], [], []];
	log.length = 0;
	Object.assign(bound, {
		State: () => Promise.resolve({ seq: log.at(-1)?.seq ?? 0 }),
		Front: () => Promise.resolve(),
		History: ({ after, limit }: { after: number; limit: number }) => {
			const found = log.filter(({ seq }) => seq > after);
			return Promise.resolve({ messages: found.slice(0, limit), more: found.length > limit });
		},
	});
	vi.stubGlobal('go', { main: { App: bound } });
	vi.stubGlobal('runtime', {
		EventsOnMultiple: (name: string, listener: Listener) => {
			listeners.set(name, listener);
			return () => listeners.delete(name);
		},
	});
});

afterEach(() => {
	end();
	vi.unstubAllGlobals();
});

test('an event that names a newer message pulls all that came since', async () => {
	log.push({ seq: 1 }, { seq: 2 });
	end = new WindowOperator().start(handlers());
	await settle();
	expect(connections).toEqual([{ state: 'live' }]);
	for (let seq = 3; seq <= 450; seq++) log.push({ seq });
	listeners.get('event')!({ seq: 450 });
	listeners.get('event')!({ seq: 450 });
	await settle();
	expect(seqs()).toEqual(Array.from({ length: 448 }, (_, i) => i + 3));
});

test('a log that begins again is read from its start', async () => {
	log.push({ seq: 9 });
	end = new WindowOperator().start(handlers());
	await settle();
	listeners.get('event')!({ seq: 9 });
	log.splice(0, 1, { seq: 1 });
	listeners.get('event')!({ seq: 1 });
	await settle();
	expect(seqs()).toEqual([1]);
});

test('the menu reaches the page', () => {
	end = new WindowOperator().start(handlers());
	listeners.get('command')!('keys');
	expect(commands).toEqual(['keys']);
});

test('an error that is JSON becomes an OperatorError, and so does a plain sentence', async () => {
	const operator = new WindowOperator();
	end = () => {};
	bound.SetName = () => Promise.reject('{"code":"name_refused","message":"Too long.","retry_ms":0}');
	await expect(operator.setName('x')).rejects.toMatchObject({ code: 'name_refused', message: 'Too long.' });
	bound.SetName = () => Promise.reject('out of luck');
	await expect(operator.setName('x')).rejects.toMatchObject({ code: 'failed', message: 'out of luck' });
});

test('what was withdrawn is told, also where nothing else came', async () => {
	log.push({ seq: 1 });
	end = new WindowOperator().start(handlers());
	await settle();
	bound.History = () => Promise.resolve({ messages: [], more: false, withdrawn: [1], to: 2 });
	listeners.get('event')!({ seq: 2 });
	await settle();
	expect([withdrawn, seqs()]).toEqual([[1], []]);
});

test('an export tells how far it is, and ends when it is cancelled', async () => {
	const window = new WindowOperator();
	end = window.start(handlers());
	let cancelled = false;
	let done!: (file: unknown) => void;
	bound.Export = () => new Promise((resolve) => (done = resolve));
	bound.CancelExport = () => {
		cancelled = true;
		done({ name: '', bytes: 0 });
		return Promise.resolve();
	};
	const shares: number[] = [];
	const cancel = new AbortController();
	const file = window.export({} as never, (share) => shares.push(share), cancel.signal);
	listeners.get('export')!({ done: 1, of: 4 });
	cancel.abort();
	expect([await file, shares, cancelled, listeners.has('export')]).toEqual([undefined, [0.25], true, false]);
});

test('the verbs about programs are bound methods, and a webhook comes out of its wrapping', async () => {
	const called: unknown[][] = [];
	for (const name of ['CreateToken', 'RemoveToken', 'ChangeWebhook', 'PauseWebhook', 'RetryWebhook', 'TestWebhook'])
		bound[name] = (...args) => {
			called.push([name, ...args]);
			return Promise.resolve({ webhook: { id: 'h' } });
		};
	const operator = new WindowOperator();
	end = operator.start(handlers());
	const rights = {
		...{ publish: ['line-2'], read: [], urgent: false, ask: false, receipts: false, people: false },
		...{ metrics: false, in_url: false, rate: 0 },
	};
	const query = { url: 'https://a.example/', events: ['left' as const], texts: false, private: false };
	await operator.programs.createToken('grafana', rights);
	await operator.programs.removeToken('t');
	expect(await operator.programs.changeWebhook('h', query)).toEqual({ id: 'h' });
	expect(await operator.programs.pauseWebhook('h', true)).toEqual({ id: 'h' });
	expect(await operator.programs.retryWebhook('h')).toEqual({ id: 'h' });
	await operator.programs.testWebhook('h');
	expect(called).toEqual([
		['CreateToken', { name: 'grafana', ...rights }],
		['RemoveToken', 't'],
		['ChangeWebhook', 'h', query],
		['PauseWebhook', 'h', true],
		['RetryWebhook', 'h'],
		['TestWebhook', 'h'],
	]);
	bound.RemoveToken = () => Promise.reject(new Error('{"code":"unknown_token","message":"There is no such token."}'));
	await expect(operator.programs.removeToken('t')).rejects.toMatchObject({ code: 'unknown_token' });
});
