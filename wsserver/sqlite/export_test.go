package sqlite

import (
	"database/sql"
	"fmt"
)

// This file opens to the tests outside the package how full the disk is.

// SetRoom lets the log grow by so many pages and no more, as on a full disk; a negative number: by as many as it likes.
func (l *Log) SetRoom(pages int) error {
	most := 1 << 30
	if pages >= 0 {
		var now int
		if err := l.write.QueryRow("PRAGMA page_count").Scan(&now); err != nil {
			return err
		}
		most = now + pages
	}
	var set int
	return l.write.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", most)).Scan(&set)
}

// Connections returns the pools of the log's file, each with one connection from now on.
func (l *Log) Connections() []*sql.DB {
	for _, db := range []*sql.DB{l.read, l.write} {
		db.SetMaxOpenConns(1)
	}
	return []*sql.DB{l.read, l.write}
}

// StopIndexing ends the indexer before Close does.
func (l *Log) StopIndexing() {
	close(l.search.stop)
	<-l.search.ended
	l.search.stop, l.search.ended = make(chan struct{}), make(chan struct{})
	close(l.search.ended)
}
