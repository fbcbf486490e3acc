package sqlite

import (
	"database/sql"
	"errors"
)

const (
	insertSQL = `INSERT INTO message
	(seq, time, stream, topic, sender, sender_name, id, text, title, ack, priority, reply_to, of, tags, click, withdrawn)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
	ON CONFLICT (sender, id) WHERE id <> '' DO NOTHING`
	firstSQL = "SELECT " + columns + " FROM message WHERE sender = ? AND id = ? AND id <> ''"
	turnSQL  = "INSERT OR IGNORE INTO turn SELECT ?1 WHERE ?2 < (SELECT time FROM message WHERE seq < ?1 ORDER BY seq DESC LIMIT 1)"
	blankSQL = `UPDATE message SET text = '', title = '', ack = '', tags = '', click = '', withdrawn = 1
	WHERE seq = ? AND of = 0 AND withdrawn = 0`
	setSQL   = "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
	valueSQL = "SELECT value FROM record WHERE kind = ? AND key = ?"
	unsetSQL = "DELETE FROM record WHERE kind = ? AND key = ?"
)

// statements are those of a group, prepared once: parsing them would be a fifth of the time of a group of one message, and
// two thirds of that of a record. They use the one connection that writes, with appending held.
type statements struct {
	begin, commit, rollback *sql.Stmt
	insert                  *sql.Stmt // of an entry
	first                   *sql.Stmt // the entry that has an id
	turn                    *sql.Stmt // notes that the clock was set back before an entry
	blank                   *sql.Stmt // erases the text of a message
	value, set, unset       *sql.Stmt // of a record
}

// all has each statement with its text.
func (s *statements) all() map[string]**sql.Stmt {
	return map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &s.begin, "COMMIT": &s.commit, "ROLLBACK": &s.rollback,
		insertSQL: &s.insert, firstSQL: &s.first, turnSQL: &s.turn, blankSQL: &s.blank, valueSQL: &s.value, setSQL: &s.set, unsetSQL: &s.unset,
	}
}

// prepare prepares all of them.
func (s *statements) prepare(db *sql.DB) (err error) {
	for text, stmt := range s.all() {
		var failed error
		*stmt, failed = db.Prepare(text) //nolint:sqlclosecheck // by close
		err = errors.Join(err, failed)
	}
	return err
}

func (s *statements) close() (err error) {
	for _, stmt := range s.all() {
		if *stmt != nil {
			err = errors.Join(err, (*stmt).Close())
		}
	}
	return err
}
