-- Who a message is from and for. stream is 'e' (everyone), 't:' and a topic, 'p:' and a user_id, or 'w' (withdrawals).
CREATE TABLE message (
	seq         INTEGER PRIMARY KEY,
	time        INTEGER NOT NULL, -- Unix ms
	stream      TEXT NOT NULL,
	topic       TEXT NOT NULL,
	sender      TEXT NOT NULL, -- user_id, or 'operator'
	sender_name TEXT NOT NULL,
	id          TEXT NOT NULL, -- the sender's own, '' where none was given
	text        TEXT NOT NULL,
	title       TEXT NOT NULL,
	ack         TEXT NOT NULL,
	priority    INTEGER NOT NULL,
	reply_to    INTEGER NOT NULL,
	of          INTEGER NOT NULL, -- the message that this entry withdraws
	withdrawn   INTEGER NOT NULL  -- 1: its text was erased
) STRICT;

CREATE UNIQUE INDEX message_id ON message (sender, id) WHERE id <> '';
CREATE INDEX message_stream ON message (stream, seq);
CREATE INDEX message_sender ON message (sender, seq);
CREATE INDEX message_answer ON message (topic, seq) WHERE topic <> '' AND stream >= 'p:' AND stream < 'p;';

-- How far retention has removed each stream.
CREATE TABLE pruned (
	stream TEXT PRIMARY KEY,
	seq    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the server knows beside messages; value is JSON.
CREATE TABLE record (
	kind  TEXT NOT NULL,
	key   TEXT NOT NULL,
	value BLOB NOT NULL,
	PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- epoch: the log's identity. last: the newest seq ever given, for a log that was pruned empty.
CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
