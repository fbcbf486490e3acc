package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"belfry/build/machines"
)

// This file builds the programs: the one under test, and another version of it, whose clock can be set.

// program is the path of the executable: BELFRY, or it is built.
func program(t *testing.T) string {
	t.Helper()
	if bin := os.Getenv("BELFRY"); bin != "" {
		return bin
	}
	bin := filepath.Join(t.TempDir(), "belfry")
	build(t, "-o", bin)
	return bin
}

// stepVariable has "AFTER BY": so many seconds after its start, the clock of the other version is set by so many seconds.
const stepVariable = "BELFRY_CLOCK_STEP"

// stepping is what the package time of the other version has in addition. Nothing else can set the clock of one process:
// the program asks the system for the time without a call that could be caught.
const stepping = `package time

import "syscall"

var stepAfter, stepBy int64

func init() {
	words, _ := syscall.Getenv("` + stepVariable + `")
	at, sign := &stepAfter, int64(1)
	for i := 0; i < len(words); i++ {
		switch c := words[i]; {
		case c == ' ':
			at = &stepBy
		case c == '-':
			sign = -1
		default:
			*at = 10**at + int64(c-'0')
		}
	}
	stepAfter, stepBy = stepAfter*1e9, stepBy*sign
}

func stepped(sec, mono int64) int64 {
	if stepBy != 0 && mono-startNano > stepAfter {
		sec += stepBy
	}
	return sec
}
`

// otherProgram is another version of the program: one that names another commit.
func otherProgram(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../bin/other") // the same each time: what was compiled from it is not compiled again
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	const reads = "sec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(text), reads) == 0 {
		t.Fatal("the package time reads the clock in another way than it did")
	}
	patched, more := filepath.Join(dir, "time.go.txt"), filepath.Join(dir, "step.go.txt")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{
		source: patched, filepath.Join(filepath.Dir(source), "step.go"): more,
	}})
	overlay := filepath.Join(dir, "overlay.json")
	for file, content := range map[string]string{
		patched: strings.ReplaceAll(string(text), reads, reads+"\tsec = stepped(sec, mono)\n"), more: stepping, overlay: string(list),
	} {
		if err == nil {
			err = os.WriteFile(file, []byte(content), 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	bin, began := filepath.Join(dir, "belfry-other"), time.Now()
	build(t, "-overlay", overlay, "-ldflags", "-X belfry/internal/process.commit="+strings.Repeat("0", 40), "-o", bin)
	t.Logf("built another version within %.0f s", time.Since(began).Seconds())
	return bin
}

func build(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build"}, args...), "../..")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, said)
	}
}

// anotherVersion starts a machine with the other program, or with the first one again.
func anotherVersion(r *room, m *machines.Machine) (func() error, error) {
	if _, code := m.Terminate(); code != 0 {
		return m.Start, fmt.Errorf("%s ended with %d and said:\n%s", m.Name, code, m.Said(5))
	}
	if m.Bin == r.bin {
		m.Bin = r.other
	} else {
		m.Bin = r.bin
	}
	return m.Start, nil
}

// clockStep sets the clock of a machine while it runs, by seconds or by hours, and in the end right again.
func clockStep(r *room, m *machines.Machine) (func() error, error) {
	by := 1 + r.random.IntN(60)
	if r.random.IntN(2) == 0 {
		by = 3600 * (1 + r.random.IntN(30))
	}
	if r.random.IntN(2) == 0 {
		by = -by
	}
	m.Terminate()
	m.Bin, m.Env = r.other, []string{fmt.Sprintf("%s=4 %d", stepVariable, by)}
	r.t.Logf("  the clock of %s is set by %d s", m.Name, by)
	return func() error {
		m.Terminate()
		m.Env = nil
		return m.Start()
	}, m.Start()
}
