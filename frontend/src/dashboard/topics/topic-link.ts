/** The link into a topic: what leads into the room, and the topic beside its code. */
export function topicLink(joinURL: string, topic: string): string {
	return `${joinURL}${joinURL.includes('#') ? '&' : '#'}topic=${encodeURIComponent(topic)}`;
}

/** The same for people to type, without the secret of the QR code. */
export function topicAddress(url: string, topic: string): string {
	return `${url}#topic=${encodeURIComponent(topic)}`;
}
