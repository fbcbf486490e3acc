-- Indexes of what can be read: what was withdrawn is in none of them, so that no page walks over it.
DROP INDEX message_stream;
DROP INDEX message_sender;
DROP INDEX message_answer;
CREATE INDEX message_kept ON message (seq) WHERE stream <> 'w' AND withdrawn = 0;
CREATE INDEX message_stream ON message (stream, seq) WHERE withdrawn = 0;
CREATE INDEX message_sender ON message (sender, seq) WHERE stream <> 'w' AND withdrawn = 0;
CREATE INDEX message_answer ON message (topic, seq) WHERE topic <> '' AND stream >= 'p:' AND stream < 'p;' AND withdrawn = 0;

-- Where a clock was set back: each seq whose time is before that of the entry before it. Between two of them times rise.
CREATE TABLE turn (seq INTEGER PRIMARY KEY) STRICT;
INSERT INTO turn SELECT seq FROM (SELECT seq, time, lag(time) OVER (ORDER BY seq) AS previous FROM message) WHERE time < previous;
CREATE TRIGGER message_turn AFTER INSERT ON message
WHEN NEW.time < (SELECT time FROM message WHERE seq < NEW.seq ORDER BY seq DESC LIMIT 1)
BEGIN
	INSERT OR IGNORE INTO turn VALUES (NEW.seq);
END;
-- Somebody who mends the times of a log by hand need not know of it.
CREATE TRIGGER message_time AFTER UPDATE OF time ON message
BEGIN
	DELETE FROM turn WHERE seq IN (NEW.seq, (SELECT min(seq) FROM message WHERE seq > NEW.seq));
	INSERT INTO turn SELECT NEW.seq WHERE NEW.time < (SELECT time FROM message WHERE seq < NEW.seq ORDER BY seq DESC LIMIT 1);
	INSERT INTO turn SELECT seq FROM message
		WHERE seq = (SELECT min(seq) FROM message WHERE seq > NEW.seq) AND time < NEW.time;
END;
