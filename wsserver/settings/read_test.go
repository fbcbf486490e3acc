package settings

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/internal/atomicfile"
)

// loaded is a store on a folder whose settings.json has this text.
func loaded(t *testing.T, text string) (s *Store, dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return reloaded(t, dir), dir
}

func reloaded(t *testing.T, dir string) *Store {
	t.Helper()
	s := testStore()
	if err := s.Load(dir); err != nil {
		t.Fatal(err)
	}
	return s
}

// utf16LE is a text as Windows' Notepad writes it under the name "Unicode".
func utf16LE(text string) string {
	return "\xff\xfe" + strings.Join(strings.Split(text, ""), "\x00") + "\x00"
}

// utf16BE is the same in the other order.
func utf16BE(text string) string {
	return "\xfe\xff\x00" + strings.Join(strings.Split(text, ""), "\x00")
}

func TestLoad_ReadsWhatEditorsMakeOfIt(t *testing.T) {
	const text = "{\n\t\"access\": \"list\",\n\t\"keep_days\": 3650\n}\n"
	for name, text := range map[string]string{
		"plain": text, "UTF-8 with a mark": "\xef\xbb\xbf" + text, "UTF-16": utf16LE(text), "UTF-16, the other order": utf16BE(text),
		"CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "blanks behind": text + " \n\n", "capitals": `{"Access":"list","KEEP_DAYS":3650}`,
		"the same twice": `{"access":"list","keep_days":3650,"access":"list"}`,
	} {
		s, dir := loaded(t, text)
		if s.Get().AccessMode() != AccessList || s.Effective().KeepDays != 3650 || s.Unreadable() != nil {
			t.Errorf("%s: access %s, %d days, unreadable %v", name, s.Get().AccessMode(), s.Effective().KeepDays, s.Unreadable())
		}
		if atomicfile.Exists(filepath.Join(dir, fileName+atomicfile.Damaged)) {
			t.Errorf("%s: was put aside", name)
		}
	}
}

// wantSafe checks that nobody comes in by themselves, nothing is pruned by age, and dashboards stay on this machine.
func wantSafe(t *testing.T, s *Store, what string) {
	t.Helper()
	e := s.Effective()
	if s.Get().AccessMode() != AccessApproval || e.KeepDays != 3650 || e.KeepBytes != 1<<40 || e.RemoteDashboards || e.AnnounceName ||
		e.MaxConnections == 0 || e.ClientRate == 0 || e.MaxPerAddress == 0 {
		t.Errorf("%s: access %s, %+v", what, s.Get().AccessMode(), *e)
	}
	if !slices.Contains(s.Unreadable(), "access") || !slices.Contains(s.Unreadable(), "keep_days") {
		t.Errorf("%s: unreadable %v", what, s.Unreadable())
	}
}

var damagedWhole = map[string]string{
	"empty": "", "blank": " \n", "cut off": `{"access":"open","keep_days":7`, "cut off in a word": `{"access":"open","keep_da`,
	"only zeros": strings.Repeat("\x00", 200), "zeros behind": `{"access":"open","keep_days":7}` + "\x00\x00",
	"more behind": `{"access":"open","keep_days":7}}`, "two objects": `{"access":"open"}{"keep_days":7}`, "a list": `[]`, "nothing": `null`, "a text": `"open"`,
	"half a mark": "\xef\xbb{}", "UTF-16 without its mark": utf16LE(`{"access":"open"}`)[2:], "half a letter of UTF-16": utf16LE(`{"access":"open"}`) + "x",
	"no JSON": "access=open\nkeep_days=7\n", "a comma too many": `{"access":"open",}`, "a comment": "{\"access\":\"open\" // for all\n}",
}

func TestLoad_OfADamagedFileIsSafe(t *testing.T) {
	for what, text := range damagedWhole {
		s, dir := loaded(t, text)
		wantSafe(t, s, what)
		wantSafe(t, reloaded(t, dir), what+", at the next start")
		if b, err := os.ReadFile(filepath.Join(dir, fileName+atomicfile.Damaged)); err != nil || string(b) != text {
			t.Errorf("%s: kept as %q, error %v", what, b, err)
		}
	}
}

func TestLoad_OfADamagedFieldKeepsTheOthers(t *testing.T) {
	for text, want := range map[string]struct {
		name  string
		holds func(Values, *Effective) bool
	}{
		`{"access":"approval","keep_days":"3650"}`:               {"keep_days", func(v Values, e *Effective) bool { return v.Access == "approval" && e.KeepDays == 3650 }},
		`{"access":"list","keep_days":"7"}`:                      {"keep_days", func(v Values, e *Effective) bool { return v.Access == "list" && e.KeepDays == 3650 }},
		`{"access":"list","operator_name":7,"wifi_name":"Hall"}`: {"operator_name", func(_ Values, e *Effective) bool { return e.OperatorName == "" && e.WiFiName == "Hall" }},
		`{"access":"list","wifi_password":"a\nb"}`:               {"wifi_password", func(_ Values, e *Effective) bool { return e.WiFiPassword == "" }},
		`{"access":"list","undo_seconds":"2"}`:                   {"undo_seconds", func(_ Values, e *Effective) bool { return e.UndoSeconds == DefaultUndoSeconds }},
		`{"access":"list","keep_days":0}`:                        {"keep_days", func(v Values, e *Effective) bool { return v.Access == "list" && e.KeepDays == 3650 }},
		`{"access":"code","code":"123456","keep_bytes":-1}`:      {"keep_bytes", func(v Values, e *Effective) bool { return v.Code == "123456" && e.KeepBytes == 1<<40 }},
		`{"access":"list","keep_days":null}`:                     {"keep_days", func(v Values, e *Effective) bool { return v.Access == "list" && e.KeepDays == 3650 }},
		`{"access":"list","keep_days":7,"keep_days":3000}`:       {"keep_days", func(_ Values, e *Effective) bool { return e.KeepDays == 3650 }},
		`{"access":"closed","keep_days":7}`:                      {"access", func(v Values, e *Effective) bool { return v.Access == "approval" && e.KeepDays == 7 }},
		`{"access":["list"],"keep_days":7}`:                      {"access", func(v Values, e *Effective) bool { return v.Access == "approval" && e.KeepDays == 7 }},
		`{"access":""}`:                                          {"access", func(v Values, _ *Effective) bool { return v.Access == "approval" }},
		`{"access":null}`:                                        {"access", func(v Values, _ *Effective) bool { return v.Access == "approval" }},
		`{"access":"list","access":"open"}`:                      {"access", func(v Values, _ *Effective) bool { return v.Access == "approval" }},
		`{"access":"list","Access":"open"}`:                      {"access", func(v Values, _ *Effective) bool { return v.Access == "approval" }},
		`{"acess":"list","keep_days":7}`:                         {"acess", func(v Values, _ *Effective) bool { return v.Access == "approval" }},
		`{"access":"code","code":482913}`:                        {"code", func(v Values, _ *Effective) bool { return v.Access == "code" && v.Code == "" }},
		`{"access":"code","code":"1","secret":"s"}`:              {"code", func(v Values, _ *Effective) bool { return v.Code == "" && v.Secret == "s" }},
		`{"name":{"de":"Aula"},"access":"list"}`:                 {"name", func(v Values, _ *Effective) bool { return v.Name == "" && v.Access == "list" }},
		`{"name":"Hall","addr":8000}`:                            {"addr", func(v Values, _ *Effective) bool { return v.Addr == AddrUnreadable && v.Name == "Hall" }},
		`{"addr":"127.0.0.1"}`:                                   {"addr", func(v Values, _ *Effective) bool { return v.Addr == AddrUnreadable }},
		`{"max_connections":"30"}`:                               {"max_connections", func(_ Values, e *Effective) bool { return e.MaxConnections == 30 }},
		`{"max_connections":-1}`:                                 {"max_connections", func(_ Values, e *Effective) bool { return e.MaxConnections == 256 }},
		`{"max_connections":"0"}`:                                {"max_connections", func(_ Values, e *Effective) bool { return e.MaxConnections == 256 }},
		`{"max_per_address":1e300}`:                              {"max_per_address", func(_ Values, e *Effective) bool { return e.MaxPerAddress == 256 }},
		`{"client_rate":"0.5"}`:                                  {"client_rate", func(_ Values, e *Effective) bool { return e.ClientRate == 0.5 }},
		`{"client_rate":-1}`:                                     {"client_rate", func(_ Values, e *Effective) bool { return e.ClientRate == 5 }},
		`{"client_rate":false}`:                                  {"client_rate", func(_ Values, e *Effective) bool { return e.ClientRate == 5 }},
		`{"max_topics":2.9}`:                                     {"max_topics", func(_ Values, e *Effective) bool { return e.MaxTopics == 2 }},
		`{"max_topics":0}`:                                       {"max_topics", func(_ Values, e *Effective) bool { return e.MaxTopics == 1 }},
		`{"remote_dashboards":"false"}`:                          {"remote_dashboards", func(_ Values, e *Effective) bool { return !e.RemoteDashboards }},
		`{"remote_dashboards":1}`:                                {"remote_dashboards", func(_ Values, e *Effective) bool { return !e.RemoteDashboards }},
		`{"announce_name":"no"}`:                                 {"announce_name", func(_ Values, e *Effective) bool { return !e.AnnounceName }},
		`{"own_authority":"yes"}`:                                {"own_authority", func(_ Values, e *Effective) bool { return !e.OwnAuthority }},
		`{"access":"list","unreadable":"x"}`:                     {"keep_days", func(v Values, _ *Effective) bool { return v.Access == "list" }},
	} {
		s, dir := loaded(t, text)
		if !slices.Contains(s.Unreadable(), want.name) || !want.holds(s.Get(), s.Effective()) {
			t.Errorf("%s: unreadable %v, %+v, %+v", text, s.Unreadable(), s.Get(), *s.Effective())
		}
		if again := reloaded(t, dir); !slices.Contains(again.Unreadable(), want.name) || !want.holds(again.Get(), again.Effective()) {
			t.Errorf("%s at the next start: unreadable %v, %+v", text, again.Unreadable(), again.Get())
		}
	}
}

// What was damaged is kept each time under a name of its own, whatever it is that cannot be read.
func TestLoad_KeepsEachDamagedFile(t *testing.T) {
	_, dir := loaded(t, "first")
	file := filepath.Join(dir, fileName)
	for _, text := range []string{"second", "third"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		wantSafe(t, reloaded(t, dir), text)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	wantSafe(t, reloaded(t, dir), "a folder")
	for name, want := range map[string]string{"": "first", "-2": "second", "-3": "third"} {
		if b, err := os.ReadFile(file + atomicfile.Damaged + name); err != nil || string(b) != want {
			t.Errorf("%s: %q, error %v", name, b, err)
		}
	}
	if info, err := os.Stat(file + atomicfile.Damaged + "-4"); err != nil || !info.IsDir() {
		t.Errorf("the folder is kept as %v, error %v", info, err)
	}
}

// A crash between putting aside and writing leaves no file at all: that is no reason to open the room.
func TestLoad_AfterACrashWhilePuttingAside(t *testing.T) {
	_, dir := loaded(t, "damaged")
	if err := os.Remove(filepath.Join(dir, fileName)); err != nil {
		t.Fatal(err)
	}
	wantSafe(t, reloaded(t, dir), "gone")
}

func TestUnreadable_EndsWithWhatTheOperatorChooses(t *testing.T) {
	s, dir := loaded(t, `{"access":"?","keep_days":"?","name":"Hall"}`)
	want := func(s *Store, names ...string) {
		t.Helper()
		if got := s.Unreadable(); !slices.Equal(got, names) {
			t.Errorf("unreadable %v, want %v", got, names)
		}
	}
	want(s, "access", "keep_days")
	if err := s.Change(t.Context(), func(v *Values) { v.Name = "Hall 2" }); err != nil {
		t.Fatal(err)
	}
	want(s, "access", "keep_days")
	mustSet(t, s, Change{KeepDays: new(3650)}) // the safe value, chosen
	want(s, "access")
	want(reloaded(t, dir), "access")
	if err := s.Change(t.Context(), func(v *Values) { v.Access = AccessOpen }); err != nil {
		t.Fatal(err)
	}
	want(s)
	want(reloaded(t, dir))
}

func TestConfirm_MakesTheSafeValuesTheChosenOnes(t *testing.T) {
	s, dir := loaded(t, "damaged")
	if err := s.Confirm(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{s, reloaded(t, dir)} {
		if s.Unreadable() != nil || s.Get().AccessMode() != AccessApproval || s.Effective().KeepDays != 3650 {
			t.Errorf("unreadable %v, %+v", s.Unreadable(), *s.Effective())
		}
	}
}

// The log remembers that there were settings: without their file the room does not open.
func TestMissing_IsSafeToo(t *testing.T) {
	for was, want := range map[string]string{AccessOpen: AccessOpen, AccessList: AccessList, AccessCode: AccessApproval, AccessApproval: AccessApproval, "": AccessApproval} {
		dir := t.TempDir()
		s := reloaded(t, dir)
		if s.Unreadable() != nil || s.Get().AccessMode() != AccessOpen {
			t.Fatalf("a new folder: unreadable %v", s.Unreadable())
		}
		if err := s.Missing(was); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Store{s, reloaded(t, dir)} {
			if s.Get().AccessMode() != want || s.Effective().KeepDays != 3650 || len(s.Unreadable()) == 0 {
				t.Errorf("it was %q: access %s, unreadable %v", was, s.Get().AccessMode(), s.Unreadable())
			}
		}
	}
	s, _ := loaded(t, `{"access":"open"}`)
	if err := s.Missing(AccessList); err != nil || s.Get().AccessMode() != AccessOpen || s.Unreadable() != nil {
		t.Errorf("where there is a file: access %s, error %v", s.Get().AccessMode(), err)
	}
}

// Whatever the file holds: what is read is within its bounds, and nothing is wider than what a plain JSON object says.
func FuzzRead(f *testing.F) {
	for _, text := range damagedWhole {
		f.Add([]byte(text))
	}
	for _, text := range []string{
		`{"keep_days":0,"client_rate":-1,"max_topics":1e9}`, `{"access":"closed"}`, `{"queue_bytes":9223372036854775807,"secure_port":70000}`,
		`{"access":"list","access":"open"}`, `{"name":"x","keep_bytes":1e300}`, `{"max_connections":"5","max_per_address":3.5}`, "\xef\xbb\xbf{}",
		`{"client_rate":"1e-9"}`, `{"max_connections":0.3}`, `{"max_per_address":"0x10"}`, `{"client_rate":"NaN"}`, `{"unreadable":["access"]}`,
	} {
		f.Add([]byte(text))
	}
	s := testStore()
	defaults := s.Defaults()
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := read(text, defaults)
		if err != nil && len(v.Unreadable) == 0 {
			t.Fatalf("%q: %v, and all is well", text, err)
		}
		s.values = v
		s.apply()
		wantWithin(t, s, text)
		b, err := encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := read(b, defaults); err != nil || !slices.Equal(again.Unreadable, v.Unreadable) || again.AccessMode() != v.AccessMode() {
			t.Fatalf("%q: written as %s, and read again as %+v (%v)", text, b, again, err)
		}
		var said struct {
			Access   string `json:"access"`
			KeepDays *int   `json:"keep_days"`
		}
		if json.Unmarshal(withoutBOM(text), &said) != nil {
			return
		}
		if said.Access != AccessOpen && said.Access != "" && v.AccessMode() == AccessOpen {
			t.Fatalf("%q opens the room", text)
		}
		if said.KeepDays != nil && s.Effective().KeepDays < *said.KeepDays && len(v.Unreadable) == 0 {
			t.Fatalf("%q keeps %d days", text, s.Effective().KeepDays)
		}
	})
}
