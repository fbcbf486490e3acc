package wsserver_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// card is a list entry with its personal code, as it is shown once.
type card struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Code string `json:"code"`
}

func (r *room) card(name string) card {
	r.t.Helper()
	return r.made("add_entry", map[string]any{"name": name})
}

func (r *room) made(verb string, args map[string]any) card {
	r.t.Helper()
	var a struct{ Entry card }
	r.ask(verb, args, &a)
	return a.Entry
}

// listEntry is a list entry as dashboards are sent it.
type listEntry struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Made string `json:"made"`
	Used string `json:"used"`
}

func (r *room) list() []listEntry {
	r.t.Helper()
	var a struct{ Entries []listEntry }
	r.ask("list", nil, &a)
	if a.Entries == nil {
		r.t.Error("the list is null")
	}
	return a.Entries
}

func numberIn(t *testing.T, text, field string) int {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	n, _ := all[field].(float64)
	return int(n)
}

func TestList_ComesInByPersonalCodeUnderThatName(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("list")
		ana := r.card("Ana Lima")
		if len(ana.Code) < 10 || ana.ID == "" || ana.Name != "Ana Lima" {
			t.Errorf("made %+v", ana)
		}
		c := r.pending()
		wantRefused(t, c, hello("u1", ""), "code_needed")
		if f := wantRefused(t, c, hello("u1", "AAAA-AAAA-AAAA"), "code_wrong"); f.RetryMS <= 0 {
			t.Errorf("answered by %s", f.Text)
		}
		if w := wantAdmitted(c, "u1", strings.ToLower(ana.Code)); !strings.Contains(w.Text, `"name":"Ana Lima"`) { // however it is typed
			t.Errorf("the page is not told the name: %s", w.Text)
		}
		c.Notify("1", "", "hello")
		if m := r.messages(t); len(m) != 1 || m[0].From.Name != "Ana Lima" {
			t.Errorf("from %+v", m)
		}
		if list := r.list(); len(list) != 1 || list[0].Used == "" || list[0].Made == "" {
			t.Errorf("listed %+v", list)
		}
	})
}

func TestList_TheNameStays(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("list")
		c := r.pending()
		wantAdmitted(c, "u1", r.card("Ana Lima").Code)
		c.Send(map[string]any{"action": "hello", "name": "Somebody Else"})
		synctest.Wait()
		c.Drain()
		c.Notify("1", "", "who am I")
		back := r.pending()
		wantAdmitted(back, "u1", "") // by token, and its hello says another name
		back.Notify("2", "", "and now")
		for _, m := range r.messages(t) {
			if m.From.Name != "Ana Lima" {
				t.Errorf("%q is from %q", m.Message, m.From.Name)
			}
		}
	})
}

func TestList_CodesEnd(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("list")
		ana, ben := r.card("Ana"), r.card("Ben")
		renewed := r.made("renew_entry", map[string]any{"entry": ana.ID})
		if renewed.Code == ana.Code || renewed.ID != ana.ID || renewed.Name != "Ana" {
			t.Errorf("%+v renewed %+v", ana, renewed)
		}
		wantRefused(t, r.pending(), hello("u1", ana.Code), "code_wrong")
		wantAdmitted(r.pending(), "u1", renewed.Code)
		r.ask("remove_entry", map[string]any{"entry": ben.ID}, nil)
		wantRefused(t, r.pending(), hello("u2", ben.Code), "code_wrong")
		if list := r.list(); len(list) != 1 || list[0].Name != "Ana" {
			t.Errorf("listed %+v", list)
		}
	})
}

// Personal codes are stored as hashes alone, and the list outlives a restart.
func TestList_IsKeptWithoutItsCodes(t *testing.T) {
	log := msglog.NewMemory()
	var ana card
	inRoom(t, func(t *testing.T, r *room) { ana = r.card("Ana") }, withLog(log))
	plain := strings.NewReplacer("-", "", " ", "").Replace(ana.Code)
	for _, kind := range []string{"listed", "entry", "roster", "audit", "person", "let_in", "admitted"} {
		err := log.Records(context.Background(), kind, func(key string, value []byte) error {
			if text := key + string(value); strings.Contains(text, ana.Code) || strings.Contains(text, plain) {
				t.Errorf("the code is in a record: %s", text)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	inRoom(t, func(t *testing.T, r *room) {
		r.access("list")
		wantAdmitted(r.pending(), "u1", ana.Code)
	}, withLog(log))
}

func TestList_Import(t *testing.T) {
	for name, row := range map[string]struct {
		csv  string
		want []string
	}{
		"one a line":   {"Ana Lima\nBen\n", []string{"Ana Lima", "Ben"}},
		"with a head":  {"Name,Room\r\nAna Lima,3\r\nBen,4\r\n", []string{"Ana Lima", "Ben"}},
		"head behind":  {"no;name\n1;Ana Lima\n2;Ben", []string{"Ana Lima", "Ben"}},
		"quoted":       {"name\n\"Lima, Ana\"\n\"Ben \"\"B\"\"\"\n", []string{"Ben \"B\"", "Lima, Ana"}},
		"byte mark":    {"\ufeffname\nAna\n", []string{"Ana"}},
		"semicolons":   {"\ufeffName;Mail\nAna;a@x\nBen;b@x\n", []string{"Ana", "Ben"}},
		"empty lines":  {"\n\nAna\n\n", []string{"Ana"}},
		"empty":        {"", nil},
		"only a head":  {"name\n", nil},
		"no head, two": {"Ana,3\nBen,4\n", []string{"Ana", "Ben"}},
	} {
		t.Run(name, func(t *testing.T) {
			inRoom(t, func(t *testing.T, r *room) {
				var a struct{ Added []card }
				r.ask("import_entries", map[string]any{"csv": row.csv}, &a)
				var got, codes []string
				for _, c := range a.Added {
					got, codes = append(got, c.Name), append(codes, c.Code)
				}
				slices.Sort(got)
				slices.Sort(codes)
				if !slices.Equal(got, row.want) || len(slices.Compact(codes)) != len(got) || len(r.list()) != len(got) {
					t.Errorf("added %q, want %q", got, row.want)
				}
			})
		})
	}
}

func TestList_ImportSaysWhatItSkips(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.card("Ana")
		var a struct {
			Added   []card
			Skipped []struct {
				Line         int
				Name, Reason string
			}
		}
		r.ask("import_entries", map[string]any{"csv": "name\nBen\nana\nBen\n" + strings.Repeat("x", 65) + "\n"}, &a)
		if len(a.Added) != 1 || len(a.Skipped) != 3 {
			t.Fatalf("added %+v, skipped %+v", a.Added, a.Skipped)
		}
		for i, s := range a.Skipped {
			if s.Line != i+3 || s.Reason == "" {
				t.Errorf("skipped %+v", s)
			}
		}
	})
}

// One card admits two phones of one person.
func TestList_OneCardTwoDevices(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("list")
		ana := r.card("Ana")
		for _, id := range []string{"phone", "laptop"} {
			c := r.pending()
			wantAdmitted(c, id, ana.Code)
			c.Notify(id, "", "mine")
		}
		for _, m := range r.messages(t) {
			if m.From.Name != "Ana" {
				t.Errorf("from %+v", m.From)
			}
		}
	})
}

// A personal code admits in the list mode alone.
func TestList_CodesAreOfTheListAlone(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.card("Ana")
		r.access("code")
		wantRefused(t, r.pending(), hello("u1", ana.Code), "code_wrong")
		r.access("list")
		for _, c := range []*wstest.Client{r.pending(), r.pending()} {
			wantRefused(t, c, hello("u2", r.State().Code), "code_needed")
		}
	})
}

// The owner of a card gets its name: any other person with that name is renamed, and told.
func TestList_TheCardsOwnerGetsTheName(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		inside, away := r.client(), r.client()
		inside.Send(map[string]any{"action": "hello", "user_id": "y", "token": tokenOf("y"), "name": "Ana Lima"})
		inside.Expect("welcome")
		inside.Expect("topics")
		away.Send(map[string]any{"action": "hello", "user_id": "z", "token": tokenOf("z"), "name": "Ben"})
		away.Expect("welcome")
		away.Close()
		ana, ben := r.card("ana lima"), r.card("Ben")
		r.access("list")
		wantAdmitted(r.pending(), "x", ana.Code)
		if f := inside.ExpectError("identity_taken"); f.Field != "name" || f.Free != "Ana Lima 2" || f.Action != "" {
			t.Errorf("told %s", f.Text)
		}
		wantAdmitted(r.pending(), "w", ben.Code)
		wantAdmitted(r.pending(), "v", ben.Code) // another device
		called := map[string]string{}
		for _, i := range r.Clients(operator.ClientsQuery{}).Clients {
			called[i.UserID] = i.Name
		}
		if called["x"] != "ana lima" || called["y"] != "Ana Lima 2" || called["w"] != "Ben" || called["v"] != "Ben" {
			t.Errorf("called %v", called)
		}
		inside.SendText(`{"action":"hello","name":"Ana Lima"}`)
		if f := inside.ExpectError("identity_taken"); f.Field != "name" {
			t.Errorf("told %s", f.Text)
		}
	})
}

func TestList_NamesThatDifferInOneStrokeMayAllStandOnIt(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		var a struct {
			Added   []card
			Skipped []struct{ Name string }
		}
		pupils := []string{"Bernd", "Bemd", "CLARA", "CIARA", "Ian", "Lan", "แดง", "แตง", "迪丽热巴·迪力木拉提", "Sara (Сара)", "Kim (김)"}
		r.ask("import_entries", map[string]any{"csv": "name\n" + strings.Join(pupils, "\n") + "\nIаn\nbernd\n"}, &a)
		if len(a.Added) != len(pupils) || len(a.Skipped) != 2 { // Cyrillic in Latin, and the same again
			t.Fatalf("added %+v, skipped %+v", a.Added, a.Skipped)
		}
		r.access("list")
		for _, c := range a.Added {
			wantAdmitted(r.pending(), c.ID, c.Code)
		}
		for _, i := range r.Clients(operator.ClientsQuery{}).Clients {
			if !slices.ContainsFunc(a.Added, func(c card) bool { return c.ID == i.UserID && c.Name == i.Name }) {
				t.Errorf("%s is called %q", i.UserID, i.Name)
			}
		}
	})
}
