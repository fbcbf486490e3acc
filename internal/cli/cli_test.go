package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	tokens "belfry/wsserver/token"
)

// ran is what a verb printed, and its status.
type ran struct {
	status         int
	stdout, stderr string
}

// belfry runs the verb that args begin with, in an environment.
func belfry(t *testing.T, environment map[string]string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status, isVerb := Run(args, func(name string) string { return environment[name] }, strings.NewReader(""), &stdout, &stderr)
	if !isVerb {
		t.Fatalf("%q is no verb", args)
	}
	return ran{status, stdout.String(), stderr.String()}
}

func TestRun_WithoutAVerb(t *testing.T) {
	for _, args := range [][]string{nil, {"-headless"}, {"tokens"}, {""}, {"-data", "token"}} {
		if status, isVerb := Run(args, os.Getenv, nil, nil, nil); isVerb || status != 0 {
			t.Errorf("%q is taken for a verb, status %d", args, status)
		}
	}
}

func TestToken_AddedListedRemoved(t *testing.T) {
	dir := t.TempDir()
	added := belfry(t, nil, "token", "add", "-data", dir, "-name", "Wall display", "-publish", "ops, everyone,", "-read", "all", "-urgent", "-in-url", "-rate", "0")
	if added.status != Done || added.stderr != "" || !regexp.MustCompile(`^tk_[a-z0-9]{29}\n$`).MatchString(added.stdout) {
		t.Fatalf("added: %+v", added)
	}
	all := belfry(t, map[string]string{"BELFRY_DATA": dir}, "token", "add", "-name=b", "-ask", "-receipts", "-people", "-metrics", "-read", "general", "-read", "ops")
	if all.status != Done {
		t.Fatalf("added: %+v", all)
	}
	list := belfry(t, nil, "token", "list", "-data", dir)
	want := "b\tread=general,ops ask receipts people metrics rate=1\tnever used\n" +
		"Wall display\tpublish=ops,everyone read=all urgent in-url rate=0\tnever used\n"
	if list.status != Done || list.stdout != want || list.stderr != "" {
		t.Errorf("list: %+v", list)
	}
	s := tokens.New(nil)
	if err := s.Load(dir); err != nil {
		t.Fatal(err)
	}
	if found, ok := s.Find(strings.TrimSpace(added.stdout)); !ok || found.Name != "Wall display" {
		t.Errorf("the token that was printed is of %+v, %v", found, ok)
	}
	for name, args := range map[string][]string{
		"a word": {"b", "-data", dir}, "a flag": {"-data", dir, "-name", "Wall display"},
	} {
		if got := belfry(t, nil, append([]string{"token", "remove"}, args...)...); got != (ran{}) {
			t.Errorf("removed by %s: %+v", name, got)
		}
	}
	if list := belfry(t, nil, "token", "list", "-data", dir); list != (ran{}) {
		t.Errorf("left: %+v", list)
	}
}

func TestToken_WhatGoesWrong(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if added := belfry(t, nil, "token", "add", "-data", dir, "-name", "taken"); added.status != Done {
		t.Fatal(added)
	}
	for name, row := range map[string]struct {
		status int
		says   string
		args   []string
	}{
		"no verb of token":     {Usage, "one of add, list and remove", nil},
		"an unknown one":       {Usage, `"rename"`, []string{"rename"}},
		"an unknown flag":      {Usage, "-colour", []string{"add", "-colour"}},
		"no name":              {Usage, "-name", []string{"add", "-data", dir}},
		"an empty name":        {Usage, "-name is empty", []string{"add", "-data", dir, "-name", ""}},
		"an empty list":        {Usage, "-publish is empty", []string{"add", "-data", dir, "-name", "a", "-publish", ","}},
		"a list with blanks":   {Usage, `"everyone"`, []string{"add", "-data", dir, "-name", "a", "-publish", "ops,", "everyone"}},
		"no such right":        {Usage, "all", []string{"add", "-data", dir, "-name", "a", "-publish", "all"}},
		"no topic's name":      {Usage, "a/b", []string{"add", "-data", dir, "-name", "a", "-read", "a/b"}},
		"a rate below 0":       {Usage, "rate", []string{"add", "-data", dir, "-name", "a", "-rate", "-1"}},
		"no number":            {Usage, "rate", []string{"add", "-data", dir, "-name", "a", "-rate", "NaN"}},
		"the operator's name":  {Usage, "operator", []string{"add", "-data", dir, "-name", "Operator"}},
		"memory":               {Usage, "memory", []string{"add", "-data", "memory", "-name", "a"}},
		"a taken name":         {Failed, "taken", []string{"add", "-data", dir, "-name", "TAKEN"}},
		"no such folder":       {Failed, "no folder", []string{"add", "-data", filepath.Join(dir, "none"), "-name", "a"}},
		"a file":               {Failed, "a file", []string{"add", "-data", file, "-name", "a"}},
		"no name to remove":    {Usage, "name", []string{"remove", "-data", dir}},
		"two names to remove":  {Usage, "one name", []string{"remove", "-data", dir, "a", "b"}},
		"an unknown name":      {Failed, "no such token", []string{"remove", "-data", dir, "grafana"}},
		"a word behind a list": {Usage, `"taken"`, []string{"list", "-data", dir, "taken"}},
		"no folder to list":    {Failed, "no folder", []string{"list", "-data", filepath.Join(dir, "none")}},
	} {
		got := belfry(t, nil, append([]string{"token"}, row.args...)...)
		lines := strings.Split(strings.TrimSuffix(got.stderr, "\n"), "\n")
		if got.status != row.status || got.stdout != "" || len(lines) != 2 || !strings.HasPrefix(lines[0], "belfry: ") || !strings.Contains(lines[0], row.says) {
			t.Errorf("%s: %+v", name, got)
		}
		if second := map[int]string{Usage: "belfry: try belfry token -h", Failed: "belfry: hint: "}[row.status]; !strings.HasPrefix(lines[len(lines)-1], second) {
			t.Errorf("%s: no help in %q", name, got.stderr)
		}
	}
	if list := belfry(t, nil, "token", "list", "-data", dir); strings.Count(list.stdout, "\n") != 1 {
		t.Errorf("left: %+v", list)
	}
}

func TestToken_Help(t *testing.T) {
	for args, want := range map[string]string{
		"token -h": "token remove NAME", "token add -h": "-publish LIST", "token list --help": "-data DIR", "token remove -help": "-data DIR",
	} {
		if got := belfry(t, nil, strings.Fields(args)...); got.status != Done || got.stderr != "" || !strings.HasPrefix(got.stdout, "Usage: belfry token") || !strings.Contains(got.stdout, want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if !strings.Contains(Verbs(), "token") {
		t.Error("-help does not list the verb")
	}
}

func TestToken_ADamagedFileIsSaidAndKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tokens.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := belfry(t, nil, "token", "list", "-data", dir); got.status != Failed || !strings.Contains(got.stderr, "tokens.json.damaged") {
		t.Errorf("%+v", got)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "tokens.json.damaged")); err != nil || string(b) != "{" {
		t.Errorf("kept %q, %v", b, err)
	}
}

// The tokens of several machines are in their log: while this one does not run, a change of its copy would not count, and above all
// what is said to be removed would go on working.
func TestToken_OfSeveralMachinesIsNotChangedWhileThisOneIsOff(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tokens.json")
	if added := belfry(t, nil, "token", "add", "-data", dir, "-name", "grafana"); added.status != Done {
		t.Fatal(added.stderr)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	copied := strings.TrimSuffix(string(b), "}\n") + `, "room": true}`
	if err := os.WriteFile(file, []byte(copied), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"add", "-name", "other"}, {"remove", "grafana"}} {
		got := belfry(t, nil, append([]string{"token", args[0], "-data", dir}, args[1:]...)...)
		if got.status != Failed || got.stdout != "" || !strings.Contains(got.stderr, "one of several machines") || !strings.Contains(got.stderr, "belfry: hint: Start it first") {
			t.Errorf("%q: %+v", args, got)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != copied {
		t.Errorf("the file is now %q, %v", b, err)
	}
	if list := belfry(t, nil, "token", "list", "-data", dir); !strings.HasPrefix(list.stdout, "grafana\t") {
		t.Errorf("listed: %+v", list)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A token that nobody has read is nobody's.
func TestToken_ThatCannotBePrintedIsRemoved(t *testing.T) {
	dir := t.TempDir()
	var stderr bytes.Buffer
	status, _ := Run([]string{"token", "add", "-data", dir, "-name", "a"}, os.Getenv, nil, full{}, &stderr)
	if status != Failed || !strings.Contains(stderr.String(), "no space left") || strings.Contains(stderr.String(), "tk_") {
		t.Errorf("status %d, %s", status, &stderr)
	}
	if list := belfry(t, nil, "token", "list", "-data", dir); list != (ran{}) {
		t.Errorf("left: %+v", list)
	}
}

func TestDataDir(t *testing.T) {
	dir := t.TempDir()
	for data, want := range map[string]string{Memory: Memory, dir + "/x/../y": filepath.Join(dir, "y"), " Memory": ""} {
		got, err := DataDir(data, func(string) string { return "" })
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", data, got, err)
		}
	}
}
