package cluster

import (
	"testing"
	"time"

	"belfry/wsserver/sqlite"
)

func TestDigests_WhoIsOutvoted(t *testing.T) {
	var d digests
	for p := uint64(1); p <= 10; p++ {
		d.note(sqlite.Place{Position: p, Digest: "ours"})
	}
	for name, row := range map[string]struct {
		others []beat
		want   bool
	}{
		"nobody":                        {nil, false},
		"all agree":                     {[]beat{{Applied: 10, Digest: "ours"}, {Applied: 9, Digest: "ours"}}, false},
		"one differs":                   {[]beat{{Applied: 10, Digest: "ours"}, {Applied: 10, Digest: "theirs"}}, false},
		"both differ from one another":  {[]beat{{Applied: 10, Digest: "a"}, {Applied: 10, Digest: "b"}}, false},
		"both agree on another":         {[]beat{{Applied: 9, Digest: "theirs"}, {Applied: 9, Digest: "theirs"}}, true},
		"at positions that are not one": {[]beat{{Applied: 8, Digest: "theirs"}, {Applied: 9, Digest: "theirs"}}, false},
		"where this one is not yet":     {[]beat{{Applied: 11, Digest: "theirs"}, {Applied: 11, Digest: "theirs"}}, false},
		"a witness says nothing":        {[]beat{{Applied: 9}, {Applied: 9}}, false},
	} {
		if got := d.outvoted(row.others); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A machine whose file was changed is seen, and stops.
func TestDigests_AChangedFileStopsItsMachine(t *testing.T) {
	logs := openAll(t, machines(t, 3, nil))
	follow(logs...)
	say(t, logs[0], "one")
	await(t, logs...)
	if _, err := logs[1].ApplyStep(t.Context(), sqlite.Step{Position: logs[1].Place().Position, Writer: "x", Number: 1}, said("one too many")); err != nil {
		t.Fatal(err)
	}
	say(t, logs[0], "two")
	for range 100 {
		if logs[1].e.failure() != nil {
			break
		}
		time.Sleep(50 * time.Millisecond) // until they have heard one another
	}
	if p := logs[1].e.failure(); p == nil || p.Message != differsMessage || !isAside(logs[1].e) || logs[0].e.failure() != nil || logs[2].e.failure() != nil {
		t.Errorf("failures %v, %v, %v", logs[0].e.failure(), logs[1].e.failure(), logs[2].e.failure())
	}
	if _, err := logs[1].Append(t.Context(), said("no more")); err == nil {
		t.Error("it goes on writing")
	}
}
