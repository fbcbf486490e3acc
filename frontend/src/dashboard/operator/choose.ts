import type { Operator } from './operator';

/**
 * The implementation of Operator for this page: bound methods in the desktop window, else the WebSocket. Each is loaded
 * on demand, so that a browser never loads what works in the window alone.
 */
export async function chooseOperator(): Promise<Operator> {
	if ('go' in window && 'runtime' in window) {
		const { WindowOperator } = await import('./wails');
		return new WindowOperator();
	}
	const { WebOperator } = await import('./web');
	return new WebOperator();
}
