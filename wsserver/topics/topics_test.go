package topics

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// keeper keeps records in a log, which a registry follows.
type keeper struct {
	log msglog.Log
	to  *Registry
}

func (k keeper) Keep(records ...msglog.Record) error {
	_, err := k.log.Append(context.Background(), msglog.OfRecords(records...))
	return errors.Join(err, msglog.NewFollowers(k.to).Put(records))
}

// noKeeper fails to keep anything.
type noKeeper struct{}

func (noKeeper) Keep(...msglog.Record) error { return wire.ErrNotKept }

func names(list []wire.Topic) (out []string) {
	for _, t := range list {
		out = append(out, t.Topic+"="+t.Title)
	}
	return out
}

// Topics keep their order and their latest form over a restart.
func TestRegistry_IsKept(t *testing.T) {
	log := msglog.NewMemory()
	r := New()
	k := keeper{log, r}
	for _, topic := range []string{"b", "a", "c"} {
		if _, err := r.Create(k, wire.Topic{Topic: topic}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Change(k, "b", func(t *wire.Topic) error { t.Title = "Second"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Change(k, wire.GeneralTopic, func(t *wire.Topic) error { t.Title = "All"; return nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{"general=All", "b=Second", "a=a", "c=c"}
	again := New()
	if err := again.Load(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]wire.Topic{"before": r.All(), "after": again.All()} {
		if got := names(list); !slices.Equal(got, want) {
			t.Errorf("%s the restart: %v, want %v", name, got, want)
		}
	}
}

// Topics that two servers made at once have one order, whichever came first.
func TestPut_HasOneOrder(t *testing.T) {
	ana := msglog.Record{Kind: recordTopic, Key: "ana", Value: []byte(`{"topic":"ana","title":"Ana","kind":"open","place":1}`)}
	ben := msglog.Record{Kind: recordTopic, Key: "ben", Value: []byte(`{"topic":"ben","title":"Ben","kind":"announce","place":1}`)}
	for _, order := range [][]msglog.Record{{ana, ben}, {ben, ana}, {ben, ana, ben}} {
		r := New()
		if err := msglog.NewFollowers(r).Put(order); err != nil {
			t.Fatal(err)
		}
		if got := names(r.All()); !slices.Equal(got, []string{"general=General", "ana=Ana", "ben=Ben"}) {
			t.Errorf("the topics are %v", got)
		}
	}
	for name, value := range map[string][]byte{"erased": nil, "of another name": ana.Value, "of no kind": []byte(`{"topic":"x"}`), "no JSON": []byte("x")} {
		r := New()
		if err := r.Put(msglog.Record{Kind: recordTopic, Key: "x", Value: value}); err == nil || len(r.All()) != 1 {
			t.Errorf("a record that is %s: %v, and then there are %v", name, err, names(r.All()))
		}
	}
}

func TestRegistry_Refuses(t *testing.T) {
	r := New()
	k := keeper{msglog.NewMemory(), r}
	for name, row := range map[string]struct {
		topic wire.Topic
		code  string
	}{
		"a long name":       {wire.Topic{Topic: strings.Repeat("x", wire.MaxTopic+1)}, "too_large"},
		"a long title":      {wire.Topic{Topic: "x", Title: strings.Repeat("x", wire.MaxName+1)}, "too_large"},
		"no name":           {wire.Topic{}, "bad_frame"},
		"a blank in it":     {wire.Topic{Topic: "a b"}, "bad_frame"},
		"another kind":      {wire.Topic{Topic: "x", Kind: "closed"}, "bad_frame"},
		"one that there is": {wire.Topic{Topic: wire.GeneralTopic}, wire.ErrTopicExists.Code},
	} {
		if _, err := r.Create(k, row.topic); wire.AsError(err).Code != row.code {
			t.Errorf("%s: %v, want %s", name, err, row.code)
		}
	}
	own := errors.New("own")
	if _, err := r.Change(k, wire.GeneralTopic, func(t *wire.Topic) error { t.Title = "x"; return own }); !errors.Is(err, own) {
		t.Errorf("what alter returns: %v", err)
	}
	if _, err := r.Change(k, "x", nil); wire.AsError(err).Code != wire.ErrUnknownTopic.Code {
		t.Errorf("one that there is not: %v", err)
	}
	if _, err := r.Create(noKeeper{}, wire.Topic{Topic: "y"}); wire.AsError(err).Code != wire.ErrNotKept.Code {
		t.Errorf("not kept: %v", err)
	}
	if got := names(r.All()); !slices.Equal(got, []string{"general=General"}) {
		t.Errorf("and then there are %v", got)
	}
}

// A topic cannot be at an address of the server's own, nor have a word that an access token's rights use for something else.
func TestCreate_RefusesReservedNames(t *testing.T) {
	r := New()
	k := keeper{msglog.NewMemory(), r}
	for _, name := range []string{
		"api", "v1", "file", "message", "stream", "health", "metrics", "readyz", "trust", "room", "session", "server", "ws", "export", "assets", "everyone",
		"people", "all", "API", "Everyone", "ſerver", "sw.js", "index.HTML", "icon.svg",
	} {
		if _, err := r.Create(k, wire.Topic{Topic: name}); !errors.Is(err, wire.ErrBadFrame) {
			t.Errorf("topic %q: %v", name, err)
		}
	}
	for _, name := range []string{"servers", "v2", "my.room", "apis"} {
		if _, err := r.Create(k, wire.Topic{Topic: name}); err != nil {
			t.Errorf("topic %q: %v", name, err)
		}
	}
}

func TestReserved_IsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/ntfy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(doc), "## Names that no topic can have")
	for _, name := range reserved {
		if !strings.Contains(list, "`"+name+"`") {
			t.Errorf("docs/ntfy.md does not list %q", name)
		}
	}
}

// hastyKeeper has another server's change in the log before each of the first ones.
type hastyKeeper struct {
	keeper
	first []msglog.Record
}

func (k *hastyKeeper) Keep(records ...msglog.Record) error {
	if len(k.first) == 0 {
		return k.keeper.Keep(records...)
	}
	first := k.first[0]
	k.first = k.first[1:]
	return errors.Join(k.keeper.Keep(first), msglog.ErrCondition)
}

func TestRegistry_OfTwoAtOnce(t *testing.T) {
	r := New()
	ana := msglog.Record{Kind: recordTopic, Key: "ana", Value: []byte(`{"topic":"ana","title":"Theirs","kind":"open","place":1}`)}
	k := &hastyKeeper{keeper{msglog.NewMemory(), r}, []msglog.Record{ana}}
	if _, err := r.Create(k, wire.Topic{Topic: "ana"}); !errors.Is(err, wire.ErrTopicExists) {
		t.Errorf("created after another: %v", err)
	}
	ana.Value = []byte(`{"topic":"ana","title":"Theirs","kind":"open","archived":true,"place":1}`)
	k.first = []msglog.Record{ana}
	got, err := r.Change(k, "ana", func(t *wire.Topic) error { t.Title = "Ours"; return nil })
	if now, _ := r.Get("ana"); err != nil || got != now || now.Title != "Ours" || !now.Archived {
		t.Errorf("changed after another: %+v, kept %+v, error %v", got, now, err)
	}
	k.first = slices.Repeat([]msglog.Record{ana}, msglog.MaxTries)
	if _, err := r.Change(k, "ana", func(*wire.Topic) error { return nil }); !errors.Is(err, wire.ErrNotKept) {
		t.Errorf("where others are always faster: %v", err)
	}
}
