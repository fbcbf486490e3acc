package faults

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"slices"
	"strings"

	"belfry/build/machines"
	"belfry/wsserver/sqlite" // with the driver
)

// This file reads the logs of the machines, and says where they differ.

// ownKinds are the kinds of record that each machine writes in its own time: receipts, whose deltas are in the order. What they
// say is compared as the dashboards show it.
var ownKinds = []string{"member", "cursor", "steps", "ack", "guests", "closed", "told", "delta", "merged", "pruned"}

// row is one entry of a log.
type row struct {
	seq            uint64
	stream, sender string
	id, text       string
	all            uint64 // a hash of all columns
}

// kept is what one machine has.
type kept struct {
	machine *machines.Machine
	place   string // in the common order, with the digest
	rows    []row
	// records are all records and the like, sorted.
	records []string
}

// open opens the log of a machine for reading, beside the program or without it.
func open(m *machines.Machine) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+filepath.Join(m.Dir, sqlite.File)+"?mode=ro&_pragma=busy_timeout(5000)")
}

// placeOf is where a machine is in the common order.
func placeOf(ctx context.Context, m *machines.Machine) (place string, err error) {
	db, err := open(m)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }() // it was read only
	err = db.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'place'").Scan(&place)
	if errors.Is(err, sql.ErrNoRows) { // one machine alone
		return "", nil
	}
	return place, err
}

// positionOf is the number in a place.
func positionOf(place string) uint64 {
	var p struct {
		Position uint64 `json:"position"`
	}
	_ = json.Unmarshal([]byte(place), &p) // 0 where there is none
	return p.Position
}

// readLog reads everything.
func readLog(ctx context.Context, m *machines.Machine) (k kept, err error) {
	k = kept{machine: m}
	if k.place, err = placeOf(ctx, m); err != nil {
		return k, err
	}
	db, err := open(m)
	if err != nil {
		return k, err
	}
	defer func() { _ = db.Close() }() // it was read only
	err = each(ctx, db, "SELECT * FROM message ORDER BY seq", func(names []string, values []any) {
		r := row{all: hashAll(values)}
		for i, name := range names {
			switch name {
			case "seq":
				r.seq = uint64(values[i].(int64))
			case "stream":
				r.stream = values[i].(string)
			case "sender":
				r.sender = values[i].(string)
			case "id":
				r.id = values[i].(string)
			case "text":
				r.text = values[i].(string)
			}
		}
		k.rows = append(k.rows, r)
	})
	if err != nil {
		return k, err
	}
	for _, query := range []string{"SELECT * FROM record", "SELECT 'table pruned', * FROM pruned", "SELECT 'table turn', * FROM turn", "SELECT 'table writer', * FROM writer"} {
		err := each(ctx, db, query, func(_ []string, values []any) {
			if kind := fmt.Sprint(values[0]); !slices.Contains(ownKinds, kind) {
				k.records = append(k.records, shown(values))
			}
		})
		if err != nil && !strings.Contains(err.Error(), "no such table") {
			return k, err
		}
	}
	slices.Sort(k.records)
	return k, nil
}

// each calls f with each row of a query; values are valid during the call.
func each(ctx context.Context, db *sql.DB, query string, f func(names []string, values []any)) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, to := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		to[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return err
		}
		f(names, values)
	}
	return rows.Err()
}

func hashAll(values []any) uint64 {
	h := fnv.New64a()
	for _, v := range values {
		_, _ = fmt.Fprintf(h, "%v\x00", v) // it never fails
	}
	return h.Sum64()
}

func shown(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		if b, ok := v.([]byte); ok {
			v = fmt.Sprintf("%.200q", b)
		}
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, " ")
}

// differs says where two machines have something else, in a few lines; nil: nowhere.
func (k *kept) differs(other *kept) (list []string) {
	a, b := k.machine.Name, other.machine.Name
	if k.place != other.place {
		list = append(list, fmt.Sprintf("%s is at %s, %s at %s", a, k.place, b, other.place))
	}
	for i := range max(len(k.rows), len(other.rows)) {
		if i < len(k.rows) && i < len(other.rows) && k.rows[i].all == other.rows[i].all {
			continue
		}
		list = append(list, fmt.Sprintf("%d entries at %s, %d at %s; the first that differs: %s, %s",
			len(k.rows), a, len(other.rows), b, entryAt(k.rows, i), entryAt(other.rows, i)))
		break
	}
	return append(list, differ(a, k.records, b, other.records)...)
}

func entryAt(rows []row, i int) string {
	if i >= len(rows) {
		return "none"
	}
	return fmt.Sprintf("%d %q %q %.60q (%x)", rows[i].seq, rows[i].sender, rows[i].id, rows[i].text, rows[i].all)
}

// differ names up to three lines that only one of two sorted lists has.
func differ(a string, x []string, b string, y []string) (list []string) {
	for _, side := range []struct {
		name       string
		here, away []string
	}{{a, x, y}, {b, y, x}} {
		n := 0
		for _, line := range side.here {
			if _, ok := slices.BinarySearch(side.away, line); !ok {
				if n++; n <= 3 {
					list = append(list, fmt.Sprintf("only %s has the record %.300s", side.name, line))
				}
			}
		}
		if n > 3 {
			list = append(list, fmt.Sprintf("only %s has %d further records", side.name, n-3))
		}
	}
	return list
}
