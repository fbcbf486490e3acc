-- What a start wants to know of all messages, a row for each 16,384 seqs: how many can be read, and those that have receipts,
-- as announced.go writes them. A row is removed in the transaction that changes or removes any message of its block, and made
-- again later; where there is none the messages are read.
CREATE TABLE block (
	number    INTEGER PRIMARY KEY, -- seq >> 14
	kept      INTEGER NOT NULL,
	announced BLOB NOT NULL
) STRICT;
CREATE TRIGGER message_changed AFTER UPDATE ON message
BEGIN
	DELETE FROM block WHERE number IN (OLD.seq >> 14, NEW.seq >> 14);
END;
CREATE TRIGGER message_removed AFTER DELETE ON message
BEGIN
	DELETE FROM block WHERE number = OLD.seq >> 14;
END;
