/** Where the person stands: filling in the join form, waiting for approval, in the room, or sent away. */
export type Stage = 'join' | 'lobby' | 'room' | 'ended';

/** Why the room ended for this person, and since when. */
export interface Ended {
	/** refused: not let in, and may ask again. blocked: the operator keeps this person or this network out. */
	kind: 'removed' | 'refused' | 'blocked';
	/** The operator's own words, or the server's; "" where none were given. */
	reason: string;
	at: string;
}

/** Where a page that has come from another machine of the room finds that out. */
export const MOVED = 'moved';

/** left: so many messages were too long to come along; they are at the address that it came from. */
export interface Moved {
	left: number;
	from: string;
}
