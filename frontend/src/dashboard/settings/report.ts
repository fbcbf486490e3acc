import type { SettingsAnswer, State } from '../operator/operator';

/** What helps whoever helps: versions and the settings that were changed. No messages, no names, no secrets. */
export function report(state: State, answer: SettingsAnswer | undefined, browser: string): string {
	const { values, defaults, ruled } = answer ?? { values: {}, defaults: {}, ruled: {} };
	const usual = defaults as Record<string, unknown>;
	// Texts are names and secrets.
	const changed = Object.entries(values).filter(
		([name, value]) => (typeof value === 'number' || typeof value === 'boolean') && value !== usual[name],
	);
	return [
		`Belfry ${state.version}${state.build && ` (${state.build})`}`,
		`Page: ${browser}`,
		`Log: ${state.kept} messages, ${state.data === 'memory' ? 'in memory' : 'in a folder'}`,
		`Access: ${state.access}`,
		`Address: ${state.address.kind}, port ${state.address.port || 'none'}`,
		`Running since: ${state.started}`,
		...(state.machines ?? []).map(({ this: here, state: how, version, behind, differs }) =>
			[`Machine: ${how}`, here && 'this one', `version ${version}`, `${behind} behind`, differs && 'differs']
				.filter(Boolean)
				.join(', '),
		),
		...(state.trouble ? [`Trouble: ${state.trouble.code}`] : []),
		...state.doubts.map(({ code }) => `Doubt: ${code}`),
		...changed.map(([name, value]) => `${name}: ${String(value)}`),
		...Object.values(ruled).map((flag) => `Flag: ${flag}`),
	].join('\n');
}
