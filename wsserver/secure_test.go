package wsserver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/authority"
	"belfry/wsserver/lan"
	"belfry/wsserver/settings"
	"belfry/wsserver/wstest"
)

// withAuthority gives a server the real authority, and switches it on.
func withAuthority(dir string) func(*wsserver.Config) {
	return func(c *wsserver.Config) {
		c.Dir = dir
		c.OpenAuthority = func(dir string, hosts []string) (lan.Authority, error) { return authority.Open(dir, hosts) }
	}
}

func switchOn(t *testing.T, s *wsserver.Server) *lan.Secure {
	t.Helper()
	on := true
	if _, err := s.SetSettings(t.Context(), settings.Change{OwnAuthority: &on}); err != nil {
		t.Fatal(err)
	}
	v := s.State().Secure
	if v == nil {
		t.Fatal("it is on, and there is no secure way")
	}
	return v
}

// trustingClient returns an HTTP client that trusts this server's authority alone.
func trustingClient(t *testing.T, plain string) (*http.Client, *x509.CertPool) {
	t.Helper()
	answer, err := http.Get(plain + "trust/belfry.crt")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	der, err := io.ReadAll(answer.Body)
	if err != nil || answer.Header.Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Fatalf("the authority as %q: %v", answer.Header.Get("Content-Type"), err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}, pool
}

func TestSecure_IsTheSameRoomUnderACertificateThatIsTrusted(t *testing.T) {
	s, dial := socketRoom(t, withAuthority(t.TempDir()))
	if s.State().Secure != nil {
		t.Fatal("it is on by itself")
	}
	v := switchOn(t, s)
	if v.Problem != "" || v.Port == 0 || v.URL != fmt.Sprintf("https://127.0.0.1:%d/", v.Port) || len(v.Fingerprint) != 95 {
		t.Fatalf("the secure way is %+v", v)
	}
	client, pool := trustingClient(t, s.State().Address.URL)
	answer, err := client.Get(v.URL + "healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.TLS.Version < tls.VersionTLS12 {
		t.Errorf("answered %s over TLS %x", answer.Status, answer.TLS.Version)
	}
	over := func(context.Context) (net.Conn, error) {
		return tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", v.Port), &tls.Config{RootCAs: pool})
	}
	ana, ben := wstest.Dial(t, over, "/ws/client", nil), wstest.Dial(t, dial, "/ws/client", nil)
	ana.Hello("ana", "Ana", "general")
	ben.Hello("ben", "Ben", "general")
	ana.Send(map[string]any{"action": "notify", "topic": "general", "message": "through the other door"})
	if m := ben.Expect("message"); m.Message != "through the other door" {
		t.Errorf("heard %q", m.Message)
	}
}

// http never redirects to https: a browser that does not trust the authority would show a warning.
func TestSecure_RedirectsNobody(t *testing.T) {
	s, dial := socketRoom(t, withPages, withAuthority(""))
	switchOn(t, s)
	for _, path := range []string{"/", "/server", "/room", "/trust/about"} {
		answer, _ := do(t, dial, request(t, "GET", path))
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %s, %v", path, answer.Status, answer.Header)
		}
	}
}

func TestSecure_SessionIsItsOwnAndStaysOnTLS(t *testing.T) {
	s, dial := socketRoom(t, withAuthority(""))
	v := switchOn(t, s)
	client, _ := trustingClient(t, s.State().Address.URL)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.URL+"session", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	answer, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	c := answer.Cookies()
	if len(c) != 1 || c[0].Name != fmt.Sprintf("__Host-belfry_%d", v.Port) || c[0].Path != "/" || !c[0].Secure || !c[0].HttpOnly {
		t.Errorf("the cookie is %v", c)
	}
	plain, _ := do(t, dial, request(t, "POST", "/session", "Authorization", "Bearer "+key))
	if c := plain.Cookies(); len(c) != 1 || c[0].Name != s.Cookie() || c[0].Secure {
		t.Errorf("over plain http the cookie is %v", c)
	}
}

func TestSecure_SaysThatItsPortIsTakenAndTakesAnother(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	s, _ := socketRoom(t, withAuthority(""))
	if _, err := s.SetSettings(t.Context(), settings.Change{SecurePort: &port}); err != nil {
		t.Fatal(err)
	}
	v := switchOn(t, s)
	if want := fmt.Sprintf("Another program is using port %d.", port); v.Problem != want || v.Hint == "" || v.URL != "" || v.Port != port {
		t.Errorf("told %+v", v)
	}
	port = 0
	if _, err := s.SetSettings(t.Context(), settings.Change{SecurePort: &port}); err != nil {
		t.Fatal(err)
	}
	if v = s.State().Secure; v.Problem != "" || v.URL == "" {
		t.Errorf("with another port: %+v", v)
	}
	port = s.Addr().(*net.TCPAddr).Port
	if _, err := s.SetSettings(t.Context(), settings.Change{SecurePort: &port}); err != nil {
		t.Fatal(err)
	}
	if v = s.State().Secure; !strings.Contains(v.Problem, "plain http") {
		t.Errorf("on the port of plain http: %+v", v)
	}
}

func TestSecure_CloseAndOpenAgainUnderTheSameAuthority(t *testing.T) {
	dir := t.TempDir()
	s, dial := socketRoom(t, withAuthority(dir))
	first := switchOn(t, s)
	off := false
	if _, err := s.SetSettings(t.Context(), settings.Change{OwnAuthority: &off}); err != nil {
		t.Fatal(err)
	}
	if s.State().Secure != nil {
		t.Error("still told of")
	}
	if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", first.Port)); err == nil {
		_ = c.Close()
		t.Error("still open")
	}
	if answer, _ := do(t, dial, request(t, "GET", "/trust/belfry.crt")); answer.StatusCode != http.StatusNotFound {
		t.Errorf("the authority of a server that has none: %s", answer.Status)
	}
	if again := switchOn(t, s); again.Fingerprint != first.Fingerprint {
		t.Error("another authority")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	next, _ := socketRoom(t, withAuthority(dir))
	var v *lan.Secure
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if v = next.State().Secure; v != nil && v.URL != "" {
			break
		}
	}
	if v == nil || v.Fingerprint != first.Fingerprint || v.URL == "" {
		t.Errorf("after a restart: %+v", v)
	}
}

func TestSecure_SaysThatTheAuthorityCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "authority.pem"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := socketRoom(t, withAuthority(dir))
	if v := switchOn(t, s); v.Problem == "" || v.Hint == "" || v.URL != "" {
		t.Errorf("told %+v", v)
	}
	broken, _ := socketRoom(t, func(c *wsserver.Config) {
		c.OpenAuthority = func(string, []string) (lan.Authority, error) { return nil, errors.New("no") }
	})
	if v := switchOn(t, broken); v.Problem == "" || v.URL != "" {
		t.Errorf("told %+v", v)
	}
}

func TestSecure_GivesWayToACertificateOfOnesOwn(t *testing.T) {
	s := wsserver.New(wsserver.Config{TLSCert: "c", TLSKey: "k"})
	on := true
	_, err := s.SetSettings(t.Context(), settings.Change{OwnAuthority: &on})
	wantCode(t, err, "not_allowed")
}

func TestTrust_DescribesTheAuthority(t *testing.T) {
	s, dial := socketRoom(t, withAuthority(""))
	type answer struct {
		Name, Fingerprint, Until string
		Port                     int
		Names                    []string
		SpeaksFor                []string `json:"speaks_for"`
	}
	about := func() (told answer) {
		_, body := do(t, dial, request(t, "GET", "/trust/about"))
		if err := json.Unmarshal([]byte(body), &told); err != nil {
			t.Fatal(err)
		}
		return told
	}
	if told := about(); told.Name != "" || told.Port != 0 || told.Names == nil {
		t.Errorf("while it is off: %+v", told)
	}
	v := switchOn(t, s)
	if told := about(); !strings.HasPrefix(told.Name, "Belfry") || told.Fingerprint != v.Fingerprint || told.Port != v.Port ||
		len(told.SpeaksFor) < 2 || len(told.Names) < 3 {
		t.Errorf("told %+v", told)
	}
	got, body := do(t, dial, request(t, "GET", "/trust/belfry.mobileconfig"))
	if got.Header.Get("Content-Type") != "application/x-apple-aspen-config" || !bytes.Contains([]byte(body), []byte("com.apple.security.root")) {
		t.Errorf("the profile is %s: %s", got.Header.Get("Content-Type"), body)
	}
	_, body = do(t, dial, request(t, "GET", "/room"))
	if !strings.Contains(body, fmt.Sprintf(`"secure_port":%d`, v.Port)) {
		t.Errorf("the room is %s", body)
	}
}

// Every file that a server makes in its folder is its owner's alone, whatever is in it.
func TestFolder_EveryFileIsItsOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are of other systems")
	}
	dir := t.TempDir()
	s := serverIn(t, dir, withAuthority(dir))
	start(t, s)
	switchOn(t, s)
	shown, err := s.Key(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(t.Context(), "correct horse battery"); err != nil {
		t.Fatal(err)
	}
	dial := func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", s.Addr().String())
	}
	do(t, dial, request(t, "POST", "/session", "Authorization", "Bearer "+shown.Key))
	made := map[string]bool{}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		made[f.Name()] = true
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, error %v", f.Name(), info.Mode(), err)
		}
	}
	for _, name := range []string{"settings.json", "operator-token", "operator-password", "sessions.json", "authority.pem", "certificate.pem"} {
		if !made[name] {
			t.Errorf("%s was not made, but only %v", name, made)
		}
	}
}
