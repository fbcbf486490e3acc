-- Checksums of rows (rowsum), so that what a disk changes by itself is noticed. NULL: there is none, and the row is not checked.
-- Rows of earlier versions have none, and a message that somebody changes by hand loses its own: that is no damage. Whoever changes
-- a record by hand sets its sum to NULL too: a trigger for that would take a fifth of the time of each record that is written.
ALTER TABLE message ADD COLUMN sum INTEGER;
ALTER TABLE record ADD COLUMN sum INTEGER;
CREATE TRIGGER message_by_hand
AFTER UPDATE OF seq, time, stream, topic, sender, sender_name, id, text, title, ack, priority, reply_to, of, withdrawn, tags, click ON message
WHEN NEW.sum IS OLD.sum AND NEW.sum IS NOT NULL
BEGIN
	UPDATE message SET sum = NULL WHERE seq = NEW.seq;
END;
