import { expect, test, vi } from 'vitest';
import { OperatorError, type AddressTest } from '../operator/operator';
import { Reachability } from './reachability.svelte';

const settle = () => new Promise((done) => setTimeout(done, 0));

function reachability() {
	const answers = new Map<string, (code: AddressTest['code']) => void>();
	const testAddress = vi.fn(
		(host: string) =>
			new Promise<AddressTest>((done) =>
				answers.set(host, (code) => done({ host, code, message: '', hints: [], reached: false })),
			),
	);
	return { made: new Reachability({ testAddress }), testAddress, answers };
}

test('each address is tried once, until one asks again', async () => {
	const { made, testAddress, answers } = reachability();
	made.follow('10.0.0.1');
	made.follow('10.0.0.1');
	expect([made.busy, testAddress.mock.calls.length]).toEqual([true, 1]);
	answers.get('10.0.0.1')!('silent');
	await settle();
	expect([made.busy, made.result?.code]).toEqual([false, 'silent']);
	void made.again();
	expect(testAddress).toHaveBeenCalledTimes(2);
});

test('what comes of an address that is no longer shown is passed over', async () => {
	const { made, answers } = reachability();
	made.follow('10.0.0.1');
	made.follow('10.0.0.2');
	answers.get('10.0.0.1')!('silent');
	await settle();
	expect([made.result, made.busy]).toEqual([undefined, true]);
	answers.get('10.0.0.2')!('answers');
	await settle();
	expect([made.result?.code, made.busy]).toEqual(['answers', false]);
});

test('a try that could not be made is told', async () => {
	const made = new Reachability({
		testAddress: () => Promise.reject(new OperatorError('lost', 'No connection to Belfry.')),
	});
	made.follow('10.0.0.1');
	await settle();
	expect([made.refusal, made.busy]).toEqual(['No connection to Belfry.', false]);
});
