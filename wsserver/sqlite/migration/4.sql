-- What programs send, with an access token: their sender is char(1) and the token's id. tags are separated by char(31).
ALTER TABLE message ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN click TEXT NOT NULL DEFAULT '';
CREATE INDEX message_program ON message (seq) WHERE sender >= char(1) AND sender < char(2) AND stream <> 'w' AND withdrawn = 0;
