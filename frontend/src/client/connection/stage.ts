/** Where the person stands: filling in the join form, waiting to be let in, in the room, or sent away. */
export type Stage = 'join' | 'lobby' | 'room' | 'ended';

/** Why the room ended for this person, and since when. */
export interface Ended {
	/** revoked: a person in the room lost the right to be there, as after a block. */
	kind: 'removed' | 'refused' | 'revoked';
	/** The operator's own words, or the server's; "" where none were given. */
	reason: string;
	at: string;
}
