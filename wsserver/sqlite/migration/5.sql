-- What the receipts of every announcement are read from at the start. It also takes the place of an index of programs alone.
CREATE INDEX message_announced ON message (seq, stream, ack, reply_to, priority)
	WHERE (sender = 'operator' OR sender >= char(1) AND sender < char(2)) AND stream <> 'w' AND withdrawn = 0;
DROP INDEX message_program;
