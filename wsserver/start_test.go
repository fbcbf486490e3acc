package wsserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"belfry/wsserver"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// serverIn returns a server with dir as its data folder, on a free port of this machine.
func serverIn(t *testing.T, dir string, set ...func(*wsserver.Config)) *wsserver.Server {
	t.Helper()
	c := wsserver.Config{Addr: "127.0.0.1:0", Dir: dir, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range set {
		f(&c)
	}
	s := wsserver.New(c)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

func start(t *testing.T, s *wsserver.Server) {
	t.Helper()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func wantProblem(t *testing.T, err error, code string) {
	t.Helper()
	_ = problem(t, err, code)
}

func problem(t *testing.T, err error, code string) *wire.Problem {
	t.Helper()
	var p *wire.Problem
	if !errors.As(err, &p) || p.Code != code || p.Message == "" || p.Hint == "" {
		t.Fatalf("error %#v, want a problem of code %s with a sentence and a hint", err, code)
	}
	return p
}

func TestNew_DoesNoIO(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "never")
	s := serverIn(t, dir)
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
	if st := s.State(); st.Started != "" || st.Problem != nil || s.Addr() != nil || st.Addresses == nil || st.Topics == nil {
		t.Errorf("before the start: %+v", st)
	}
	_, err := s.Broadcast(t.Context(), operator.Broadcast{Message: "x"})
	wantCode(t, err, "closing")
}

func TestStart_KeepsItsKeyAndSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := serverIn(t, dir)
	start(t, s)
	_, first := s.URLs()
	if err := errors.Join(s.SetName(context.Background(), "Hall 3"), s.SetAddress(context.Background(), "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "operator-token"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, error %v", info, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := serverIn(t, dir)
	start(t, again)
	_, second := again.URLs()
	if key := func(u string) string { _, k, _ := strings.Cut(u, "#token="); return k }; key(first) != key(second) || len(key(first)) < 20 {
		t.Errorf("keys of %s, then %s", first, second)
	}
	if st := again.State(); st.Name != "Hall 3" || st.Address.Host != "127.0.0.1" || st.Data != dir {
		t.Errorf("settings after a restart: %+v", st)
	}
}

func TestStart_AFolderInUseIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s := serverIn(t, dir)
	start(t, s)
	wantProblem(t, serverIn(t, dir).Start(t.Context()), "in_use")
	if err := s.SetName(context.Background(), "still writing"); err != nil {
		t.Error(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	start(t, serverIn(t, dir)) // it is free again
}

func TestStart_AFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		p := problem(t, serverIn(t, dir).Start(t.Context()), "folder")
		if !strings.Contains(p.Message, filepath.Dir(dir)) {
			t.Errorf("%q does not name the folder", p.Message)
		}
	}
}

func TestStart_ATakenPortCanBeChanged(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	dir := t.TempDir()
	s := serverIn(t, dir, func(c *wsserver.Config) { c.Addr = taken.Addr().String() })
	p := problem(t, s.Start(t.Context()), "port_taken")
	if p.Port != port || s.State().Problem == nil || s.State().Problem.Code != "port_taken" {
		t.Errorf("problem %+v, state %+v", p, s.State().Problem)
	}
	wantCode(t, s.Listen(t.Context(), 0), "bad_frame")
	wantCode(t, s.Listen(t.Context(), 70000), "bad_frame")
	wantProblem(t, s.Listen(t.Context(), port), "port_taken")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	chosen := free.Addr().(*net.TCPAddr).Port
	_ = free.Close()
	if err := s.Listen(t.Context(), chosen); err != nil {
		t.Fatal(err)
	}
	if st := s.State(); st.Problem != nil || s.Addr().(*net.TCPAddr).Port != chosen {
		t.Errorf("after another port: %+v at %v", st.Problem, s.Addr())
	}
	b, err := os.ReadFile(filepath.Join(dir, "settings.json"))
	if err != nil || !strings.Contains(string(b), strconv.Itoa(chosen)) {
		t.Errorf("the port was not kept: %s, error %v", b, err)
	}
}

func TestStart_PutsDamagedSettingsAside(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "settings.json")
	if err := os.WriteFile(file, []byte(`{"name":`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serverIn(t, dir)
	start(t, s)
	if _, err := os.Stat(file + ".damaged"); err != nil || s.State().Name != "" {
		t.Errorf("name %q, error %v", s.State().Name, err)
	}
}

func TestStart_WithABadCertificate(t *testing.T) {
	s := serverIn(t, "", func(c *wsserver.Config) { c.TLSCert, c.TLSKey = "/nowhere.pem", "/nowhere.key" })
	wantProblem(t, s.Start(t.Context()), "start_failed")
}

func TestStart_WithALogThatCannotBeOpened(t *testing.T) {
	newer := &wire.Problem{Code: "newer_log", Message: "The log is newer.", Hint: "Use the newer Belfry."}
	dir := t.TempDir()
	s := serverIn(t, dir, func(c *wsserver.Config) {
		c.OpenLog = func(string) (msglog.Log, error) { return nil, newer }
	})
	if p := problem(t, s.Start(t.Context()), "newer_log"); p != newer {
		t.Errorf("problem %+v", p)
	}
	start(t, serverIn(t, dir)) // nothing is left open
}

// -name is for this run; without it the operator's setting is effective again.
func TestStart_ANameGivenIsNotKept(t *testing.T) {
	dir := t.TempDir()
	named := func(c *wsserver.Config) { c.Name = "Given" }
	s := serverIn(t, dir)
	start(t, s)
	if err := errors.Join(s.SetName(context.Background(), "Chosen"), s.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	s = serverIn(t, dir, named)
	start(t, s)
	if got := s.State().Name; got != "Given" {
		t.Errorf("called %q", got)
	}
	if err := errors.Join(s.SetAddress(context.Background(), "127.0.0.1"), s.Close(t.Context())); err != nil { // writes the settings
		t.Fatal(err)
	}
	s = serverIn(t, dir)
	start(t, s)
	if got := s.State().Name; got != "Chosen" {
		t.Errorf("called %q without the flag", got)
	}
}

func TestSetName_ReplacesANameGiven(t *testing.T) {
	s := serverIn(t, "", func(c *wsserver.Config) { c.Name = "Given" })
	start(t, s)
	for _, name := range []string{"Chosen", "Given", ""} {
		if err := s.SetName(context.Background(), name); err != nil || s.State().Name != name {
			t.Errorf("called %q, error %v; want %q", s.State().Name, err, name)
		}
	}
	wantCode(t, s.SetName(context.Background(), strings.Repeat("x", 65)), "too_large")
}

func TestSettings_ThatCannotBeWrittenAreNotTaken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	s := serverIn(t, dir)
	start(t, s)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.SetName(context.Background(), "x"), "not_kept")
	if s.State().Name != "" {
		t.Error("the name is shown although it was not kept")
	}
}

func TestState_OfARunningRoom(t *testing.T) {
	s := serverIn(t, "", func(c *wsserver.Config) { c.Version, c.Build = "1.2.3", "commit abc1234" })
	start(t, s)
	st := s.State()
	host, port, _ := net.SplitHostPort(s.Addr().String())
	want := lan.Address{URL: "http://" + host + ":" + port + "/", Host: host, Port: ":" + port, Kind: "loopback", Interface: st.Address.Interface}
	want.Default = st.Address.Default
	if st.Version != "1.2.3" || st.Build != "commit abc1234" || st.Data != "memory" || st.Started == "" || st.Address != want || len(st.Addresses) != 1 || st.QR.Size < 21 {
		t.Errorf("state %+v", st)
	}
	client, dashboard := s.URLs()
	if client != want.URL || !strings.HasPrefix(dashboard, strings.TrimSuffix(want.URL, "/")+"/server#token=") {
		t.Errorf("printed %s and %s", client, dashboard)
	}
}

func TestErrorJSON_IsARefusalAsText(t *testing.T) {
	if wire.ErrorJSON(nil) != nil {
		t.Error("no error becomes one")
	}
	for _, row := range []struct {
		err  error
		code string
	}{{wire.ErrUnknownUser, "unknown_user"}, {errors.New("secret"), "internal"}, {context.Canceled, "internal"}} {
		var got struct{ Code, Message string }
		text := wire.ErrorJSON(row.err).Error()
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.Code != row.code || got.Message == "" || strings.Contains(text, "secret") {
			t.Errorf("%v: %s", row.err, text)
		}
	}
}

// The name for this run alone is not kept, whatever else is.
func TestStart_NameOfOneRunIsNotKept(t *testing.T) {
	dir := t.TempDir()
	named := func(name string) *wsserver.Server {
		return serverIn(t, dir, func(c *wsserver.Config) { c.Name = name })
	}
	s := named("Tonight")
	start(t, s)
	if err := s.SetAddress(context.Background(), "127.0.0.1"); err != nil || s.State().Name != "Tonight" {
		t.Errorf("named %q, error %v", s.State().Name, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := named("")
	start(t, again)
	if st := again.State(); st.Name != "" || st.Address.Host != "127.0.0.1" {
		t.Errorf("next time: name %q, address %q", st.Name, st.Address.Host)
	}
}
