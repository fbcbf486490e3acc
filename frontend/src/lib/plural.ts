import { number } from './format';

/** A number with its noun: "1 person", "2 people", "1 device", "2,000 devices". */
export function count(n: number, one: string, many = `${one}s`): string {
	return `${number(n)} ${n === 1 ? one : many}`;
}

export const people = (n: number): string => count(n, 'person', 'people');
