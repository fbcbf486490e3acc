package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/wstest"
)

// tool is a program of Debian's package prometheus. Where it is not installed, the test is skipped, but not in CI.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" && runtime.GOOS == "linux" {
		t.Fatalf("build/setup.sh test installs %s: %v", name, err)
	}
	if err != nil {
		t.Skipf("not checked: %s is not installed", name)
	}
	return path
}

// watched starts the program, and returns the secret of a token that may read metrics.
func (p *program) watched() (secret string) {
	p.t.Helper()
	//nolint:noctx // it ends by itself
	out, err := exec.Command(p.bin, "token", "add", "-data", p.dir, "-name", "prometheus", "-metrics").Output()
	if err != nil {
		p.t.Fatalf("make a token: %v", err)
	}
	p.start()
	return strings.TrimSpace(string(out))
}

func (p *program) scrape(secret string) []byte {
	p.t.Helper()
	return get(p.t, "http://"+p.addr+"/metrics", secret)
}

func get(t *testing.T, address, secret string) []byte {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, http.NoBody) //nolint:noctx // the client has a timeout
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s, %v", address, answer.Status, b, err)
	}
	return b
}

// All names and texts are as Prometheus wants them.
func TestMetrics_PromtoolHasNothingToSay(t *testing.T) {
	promtool := tool(t, "promtool")
	p := newProgram(t)
	cmd := exec.Command(promtool, "check", "metrics") //nolint:noctx // it ends by itself
	cmd.Stdin = bytes.NewReader(p.scrape(p.watched()))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

var (
	// A sample's name in the text form; a name in a cell of docs/metrics.md.
	typed      = regexp.MustCompile(`(?m)^# TYPE (belfry_\w+) (\w+)$`)
	documented = regexp.MustCompile("(?m)^\\| (`belfry_.*`) \\| (gauge|counter|histogram) \\|")
	inCode     = regexp.MustCompile("`([^`]+)`")
)

// docs/metrics.md lists each name with its kind, and no others.
func TestMetrics_AreTheDocumentedOnes(t *testing.T) {
	p := newProgram(t)
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	want, got := []string{}, []string{}
	for _, row := range documented.FindAllStringSubmatch(string(text), -1) {
		for _, name := range inCode.FindAllStringSubmatch(row[1], -1) {
			want = append(want, name[1]+" "+row[2])
		}
	}
	for _, m := range typed.FindAllStringSubmatch(string(p.scrape(p.watched())), -1) {
		got = append(got, m[1]+" "+m[2])
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("told:       %q\ndocumented: %q", got, want)
	}
}

// A real Prometheus reads the program as docs/metrics.md says, and every query of docs/grafana.json finds data. The rules of
// docs/metrics.md are queries that it understands.
func TestGrafana_EachQueryFindsData(t *testing.T) {
	bin := tool(t, "prometheus")
	p := newProgram(t)
	base := startPrometheus(t, bin, p.addr, p.watched())
	ana, dashboard := p.person("ana"), p.dashboard()
	missing := grafanaQueries(t)
	for end := time.Now().Add(20 * time.Second); len(missing) > 0; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("without data after 20 s: %q", missing)
		}
		makeTraffic(t, ana, dashboard)
		missing = slices.DeleteFunc(missing, func(expr string) bool {
			r := ask(t, base, expr)
			return slices.ContainsFunc(r.Data.Result, func(s series) bool { return len(s.Value) == 2 && s.Value[1] != "NaN" })
		})
	}
	for _, rule := range rules(t) {
		if r := ask(t, base, rule); r.Status != "success" {
			t.Errorf("%s: %s", rule, r.Error)
		}
	}
}

// makeTraffic makes every figure move that a query divides by or filters.
func makeTraffic(t *testing.T, ana, dashboard *wstest.Client) {
	t.Helper()
	ana.Send(map[string]any{"action": "notify", "topic": "general", "message": "x"})
	ana.Send(map[string]any{"action": "dance"})
	if refused := dashboard.Ask("broadcast", map[string]any{"message": "x"}, nil); refused != nil {
		t.Fatal(refused.Text)
	}
	ana.Drain()
}

// startPrometheus starts one that reads the program by the configuration in docs/metrics.md, several times a second, and
// returns its address.
func startPrometheus(t *testing.T, bin, target, secret string) (base string) {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, config, _ := strings.Cut(string(text), "```yaml\n")
	config, _, _ = strings.Cut(config, "```")
	for before, now := range map[string]string{
		"scrape_interval: 15s": "scrape_interval: 300ms\n    scrape_timeout: 300ms", "/etc/prometheus/belfry-token": filepath.Join(dir, "token"),
		"192.168.1.24:8000": target,
	} {
		if !strings.Contains(config, before) {
			t.Fatalf("docs/metrics.md has no %q", before)
		}
		config = strings.Replace(config, before, now, 1)
	}
	for name, content := range map[string]string{"prometheus.yml": config, "token": secret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	addr := net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
	//nolint:noctx // ended below
	cmd := exec.Command(bin, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+addr, "--log.level=warn")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // ends by the signal
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil { //nolint:noctx // closed at once
			_ = c.Close()
			return "http://" + addr
		}
		if time.Now().After(end) {
			t.Fatal("prometheus does not listen")
		}
	}
}

type series struct {
	Value []any `json:"value"`
}

type answer struct {
	Status string `json:"status"`
	Error  string `json:"error"`
	Data   struct {
		Result []series `json:"result"`
	} `json:"data"`
}

// ask has Prometheus answer a query.
func ask(t *testing.T, base, expr string) (a answer) {
	t.Helper()
	r, err := http.PostForm(base+"/api/v1/query", url.Values{"query": {expr}}) //nolint:noctx // a server of this test
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil && r.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("%s: %s, %v", expr, r.Status, err)
	}
	return a
}

// grafanaQueries are the queries of docs/grafana.json, with its variables filled in as Grafana does.
func grafanaQueries(t *testing.T) (list []string) {
	t.Helper()
	text, err := os.ReadFile("../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string `json:"title"`
			Type    string `json:"type"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("$job", "belfry", "$instance", ".+", "$__rate_interval", "10s")
	for _, panel := range board.Panels {
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("%s asks nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			expr := filled.Replace(target.Expr)
			if strings.Contains(expr, "$") {
				t.Errorf("%s: what is $ in %s", panel.Title, expr)
			}
			list = append(list, expr)
		}
	}
	if len(list) < 20 {
		t.Fatalf("only %q", list)
	}
	return list
}

// rules are those that docs/metrics.md proposes.
func rules(t *testing.T) (list []string) {
	t.Helper()
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "| Rule |")
	section, _, _ = strings.Cut(section, "\n\n")
	for line := range strings.Lines(section) {
		if m := inCode.FindStringSubmatch(line); m != nil {
			list = append(list, m[1])
		}
	}
	if len(list) < 5 {
		t.Fatalf("only %q", list)
	}
	return list
}
