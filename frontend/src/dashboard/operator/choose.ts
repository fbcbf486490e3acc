import type { Operator } from './operator';

/**
 * The door this page came through: bound methods where the window offers them, else the WebSocket. Each is loaded
 * only where it is used, so that a browser never asks for what exists in the window alone.
 */
export async function chooseOperator(): Promise<Operator> {
	if ('go' in window && 'runtime' in window) {
		const { WindowOperator } = await import('./wails');
		return new WindowOperator();
	}
	const { WebOperator } = await import('./web');
	return new WebOperator();
}
