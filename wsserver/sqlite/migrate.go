package sqlite

import (
	"embed"
	"fmt"
	"io/fs"
)

// applicationID marks the file as Belfry's ("Belf").
const applicationID = 0x42656c66

//go:embed migration/*.sql
var migrations embed.FS

// migrate brings the file to this program's version, each step in a transaction of its own.
func (l *Log) migrate() error {
	var version, id, tables int
	if err := l.write.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := l.write.QueryRow("PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if err := l.write.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	steps, err := fs.Glob(migrations, "migration/*.sql")
	if err != nil {
		return err
	}
	switch {
	case id != applicationID && tables > 0:
		return errNotALog
	case version > len(steps):
		return errNewer
	}
	for ; version < len(steps); version++ {
		if err := l.step(version + 1); err != nil {
			return fmt.Errorf("migrate to version %d: %w", version+1, err)
		}
	}
	return nil
}

// step runs one migration.
func (l *Log) step(version int) error {
	script, err := migrations.ReadFile(fmt.Sprintf("migration/%d.sql", version))
	if err != nil {
		return err
	}
	tx, err := l.write.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, s := range []string{
		string(script), fmt.Sprintf("PRAGMA user_version = %d", version), fmt.Sprintf("PRAGMA application_id = %d", applicationID),
	} {
		if _, err := tx.Exec(s); err != nil {
			return err
		}
	}
	return tx.Commit()
}
