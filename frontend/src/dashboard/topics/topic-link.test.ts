import { expect, test } from 'vitest';
import { topicAddress, topicLink } from './topic-link';

test('the link into a topic keeps the way into the room, what is typed has no secret', () => {
	const url = 'http://192.168.1.24:8000/';
	expect(topicLink(url, 'line-2')).toBe(`${url}#topic=line-2`);
	expect(topicLink(`${url}#code=abc`, 'line-2')).toBe(`${url}#code=abc&topic=line-2`);
	expect(topicAddress(url, 'a&b')).toBe(`${url}#topic=a%26b`);
});
