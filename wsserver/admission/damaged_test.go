package admission

import (
	"testing"

	"belfry/wsserver/msglog"
)

// A ban or an entry of the list that cannot be read keeps the room from starting: it is never dropped silently.
func TestLoad_OfADamagedRecordFails(t *testing.T) {
	for _, r := range []msglog.Record{
		{Kind: recordBan, Key: "blocked\x00bo", Value: []byte(`{}`)},
		{Kind: recordBan, Key: "blocked\x00bo", Value: []byte(`null`)},
		{Kind: recordBan, Key: "blocked\x00bo", Value: []byte(`{"kind":"blocked","user_id":"b"}`)},
		{Kind: recordBan, Key: "address\x0010.0.0.x", Value: []byte(`{"kind":"address","address":"10.0.0.x"}`)},
		{Kind: recordBan, Key: "blocked\x00bo", Value: []byte(`{"kind":"blo`)},
		{Kind: recordEntry, Key: "a", Value: []byte(`{"id":"a","name":"Ana"}`)},
		{Kind: recordEntry, Key: "a", Value: []byte(`{"id":"a","name":"Ana","code":"AA=="}`)},
		{Kind: recordEntry, Key: "a", Value: []byte(`null`)},
	} {
		log := msglog.NewMemory()
		if _, err := log.Append(t.Context(), msglog.OfRecords(r)); err != nil {
			t.Fatal(err)
		}
		err := (&Bans{}).Load(t.Context(), log)
		if r.Kind == recordEntry {
			err = (&List{}).Load(t.Context(), log)
		}
		if err == nil {
			t.Errorf("%q with %s was read", r.Key, r.Value)
		}
	}
}
