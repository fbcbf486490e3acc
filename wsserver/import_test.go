package wsserver_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/admission"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
)

func (r *room) imports(args map[string]any) (a admission.ImportAnswer) {
	r.t.Helper()
	r.ask("import_entries", args, &a)
	if a.Added == nil || a.Skipped == nil || a.Columns == nil || a.Sample == nil || a.Encodings == nil {
		r.t.Errorf("a list is null in %+v", a)
	}
	return a
}

// importRefusal is the code that an import is refused with.
func (r *room) importRefusal(args map[string]any) string {
	r.t.Helper()
	d := r.dashboard()
	defer d.Close()
	e := d.Ask("import_entries", args, nil)
	if e == nil {
		r.t.Fatalf("%v is imported", args)
	}
	return e.Code
}

func addedNames(a admission.ImportAnswer) (names []string) {
	for _, one := range a.Added {
		names = append(names, one.Name)
	}
	return names
}

func TestImport_APreviewChangesNothing(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		csv := "Kürzel;Vorname;Nachname\nAL;Anna;Lee\n;;\nBK;Ben;Kim\nAL;anna;LEE\n"
		p := r.imports(map[string]any{"csv": csv, "preview": true})
		noted := slices.ContainsFunc(r.Audit(operator.AuditQuery{}).Entries, func(e operator.AuditEntry) bool { return strings.HasPrefix(e.What, "list_") })
		if len(r.list()) != 0 || noted || r.List().LastImport != nil {
			t.Error("a preview changed something")
		}
		for _, one := range p.Added {
			if one.Code != "" || one.ID != "" {
				t.Errorf("a preview made a code: %+v", one)
			}
		}
		a := r.imports(map[string]any{"csv": csv})
		if !slices.Equal(addedNames(p), addedNames(a)) || !slices.Equal(p.Skipped, a.Skipped) || !slices.Equal(addedNames(a), []string{"Anna Lee", "Ben Kim"}) {
			t.Errorf("previewed %+v, imported %+v", p, a)
		}
		if len(a.Skipped) != 2 || a.Skipped[0].Line != 3 || a.Skipped[1].Line != 5 || !strings.Contains(a.Skipped[1].Reason, "line 2") {
			t.Errorf("skipped %+v", a.Skipped)
		}
		if p.Head != 1 || p.Separator != ";" || !p.Sure || p.ColumnNeeded || !slices.Equal(p.Sample, []int{2, 4, 5}) || p.Added[1].Line != 4 || p.Encoding != nil {
			t.Errorf("previewed %+v", p)
		}
		if c := p.Columns; len(c) != 3 || c[0].Head != "Kürzel" || c[0].Used || !c[1].Used || !c[2].Used || !slices.Equal(c[1].Values, []string{"Anna", "Ben", "anna"}) {
			t.Errorf("columns %+v", p.Columns)
		}
	})
}

// Where no column is known to hold names nobody is added; whoever asks says which, by number or by head.
func TestImport_AsksForTheColumn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		csv := "Wer;Zimmer;Wo\nAnna;3;x1\nBen;4;y2\n"
		a := r.imports(map[string]any{"csv": csv})
		if !a.ColumnNeeded || a.Sure || len(a.Added) != 0 || len(a.Skipped) != 2 || len(a.Columns) != 3 || len(r.list()) != 0 {
			t.Errorf("answered %+v", a)
		}
		for _, column := range []any{1, "1", "wer", []any{1}, []string{"Wer"}} {
			a := r.imports(map[string]any{"csv": csv, "column": column, "preview": true})
			if !slices.Equal(addedNames(a), []string{"Anna", "Ben"}) || a.ColumnNeeded {
				t.Errorf("column %v: %+v", column, a)
			}
		}
		if a := r.imports(map[string]any{"csv": csv, "column": []any{3, 1}}); !slices.Equal(addedNames(a), []string{"x1 Anna", "y2 Ben"}) {
			t.Errorf("two columns: %+v", a)
		}
		for _, column := range []any{0, 4, "Nobody", true, map[string]any{}} {
			if code := r.importRefusal(map[string]any{"csv": csv, "column": column}); code != "bad_frame" {
				t.Errorf("column %v is refused with %s", column, code)
			}
		}
	})
}

// A file comes as bytes in whatever encoding it has, and can be read in another one.
func TestImport_ReadsFiles(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		file := base64.StdEncoding.EncodeToString([]byte("Name;Klasse\r\nJ\xfcrgen M\xfcller;7b\r\n"))
		a := r.imports(map[string]any{"file": file, "preview": true})
		if !slices.Equal(addedNames(a), []string{"Jürgen Müller"}) || a.Encoding == nil || a.Encoding.Encoding != "windows-1252" || len(a.Encodings) == 0 {
			t.Errorf("read %+v", a)
		}
		a = r.imports(map[string]any{"file": file, "encoding": "windows-1251", "preview": true})
		if got := append(addedNames(a), ""); got[0] == "Jürgen Müller" || a.Encoding.Encoding != "windows-1251" {
			t.Errorf("read %+v", a)
		}
		for _, args := range []map[string]any{
			{"file": "no base64!"},
			{"file": file, "encoding": "klingon"},
			{"csv": "PK\x03\x04xl/"},
			{"file": base64.StdEncoding.EncodeToString([]byte("%PDF-1.7"))},
		} {
			if code := r.importRefusal(args); code != "bad_frame" {
				t.Errorf("%v is refused with %s", args, code)
			}
		}
	})
}

// The last import is taken back whole, and nothing else: codes end, whoever came in by them needs another way, and a second
// time nothing happens. It can be done after a restart.
func TestImport_IsTakenBackWhole(t *testing.T) {
	log := msglog.NewMemory()
	var codes []string
	inRoom(t, func(t *testing.T, r *room) {
		r.access("list")
		r.card("Zoe")
		r.imports(map[string]any{"csv": "Doe\nEve\n"})
		a := r.imports(map[string]any{"csv": "Anna\nBen\nCid\n"})
		for _, one := range a.Added {
			codes = append(codes, one.Code)
		}
		wantAdmitted(r.pending(), "u1", codes[0])
		r.ask("remove_entry", map[string]any{"entry": a.Added[2].ID}, nil)
		if l := r.List().LastImport; l == nil || l.Count != 2 || l.CameIn != 1 || l.Time == "" {
			t.Errorf("the last import is %+v", l)
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		r.access("list")
		var undone admission.UndoAnswer
		r.ask("undo_import", nil, &undone)
		if undone != (admission.UndoAnswer{Removed: 2, CameIn: 1}) {
			t.Errorf("undone %+v", undone)
		}
		var left []string
		for _, one := range r.list() {
			left = append(left, one.Name)
		}
		if !slices.Equal(left, []string{"Doe", "Eve", "Zoe"}) || r.List().LastImport != nil {
			t.Errorf("left %q, last import %+v", left, r.List().LastImport)
		}
		for _, code := range codes {
			wantRefused(t, r.pending(), hello("u9", code), "code_wrong")
		}
		wantRefused(t, r.pending(), hello("u1", ""), "code_needed")
		if !slices.ContainsFunc(r.Audit(operator.AuditQuery{}).Entries, func(e operator.AuditEntry) bool { return e.What == "list_import_undone" && e.Count == 2 }) {
			t.Error("the audit list has no word of it")
		}
		r.ask("undo_import", nil, &undone)
		if undone.Removed != 0 || len(r.list()) != 3 {
			t.Errorf("undone again %+v", undone)
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		if len(r.list()) != 3 || r.List().LastImport != nil {
			t.Errorf("after a restart: %+v", r.List())
		}
	}, withLog(log))
}

func TestImport_MoreNamesThanTheListHolds(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		var b strings.Builder
		for i := range 10_003 {
			b.WriteString("Person ")
			b.WriteString(strings.Repeat(string(rune('a'+i%26)), 1+i/26%26))
			b.WriteString(strings.Repeat(string(rune('a'+i/676)), 2) + " z\n")
		}
		a := r.imports(map[string]any{"csv": b.String()})
		if len(a.Added)+len(a.Skipped) != 10_003 || len(a.Added) > 10_000 || len(r.list()) != len(a.Added) {
			t.Errorf("added %d, skipped %d", len(a.Added), len(a.Skipped))
		}
	})
}
