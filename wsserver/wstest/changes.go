package wstest

import "belfry/wsserver/msglog"

// Parts returns the entries and the records of a group, for logs of tests that look at what is appended.
func Parts(changes []msglog.Change) (entries []*msglog.Entry, records []msglog.Record) {
	for _, c := range changes {
		if c.Entry != nil {
			entries = append(entries, c.Entry)
		}
		records = append(records, c.Records...)
	}
	return entries, records
}
