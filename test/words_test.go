package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"belfry/wsserver/wstest"
)

// provoked has, for each code of a Problem, the tests that make the failure happen and look at its words.
var provoked = map[string][]string{
	"authority":    {"TestSecure_SaysThatTheAuthorityCannotBeUsed"},
	"backup":       {"backup.txtar"},
	"cluster":      {"TestJoin_WhoHasOtherMessagesIsRefused", "TestJoin_AnotherKeyOrNameIsRefused", "TestJoin_WhoIsAheadOfTheOrderIsRefused", "TestDigests_AChangedFileStopsItsMachine", "TestKey_OthersMustNotReadIt", "cluster.txtar"},
	"damaged_log":  {"TestOpen_Refuses", "TestFault_TheLogIsDamaged", "fails.txtar"},
	"folder":       {"TestStart_AFolderThatCannotBeMade", "TestProblem_NamesThePathAndTheReason", "fails.txtar"},
	"in_use":       {"TestStart_RemovingTheLockLetsNobodyIn", "fails.txtar"},
	"newer_log":    {"TestOpen_Refuses", "TestFault_TheLogIsFromANewerVersion"},
	"port_taken":   {"fails.txtar"},
	"start_failed": {"TestLimits_FewOpenFilesAreSaid", "TestStart_WithABadCertificate", "fails.txtar"},
}

// source calls see with each Go file below the module's folder.
func source(t *testing.T, see func(path string, file *ast.File, text string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "tools" || d.Name() != ".." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, b, 0)
		if err == nil {
			see(path, f, string(b))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fieldsOf returns the fields of a literal of a Problem or an Error; nil where n is none.
func fieldsOf(n ast.Node) (kind string, fields map[string]ast.Expr) {
	c, ok := n.(*ast.CompositeLit)
	if !ok {
		return "", nil
	}
	switch name := c.Type.(type) {
	case *ast.Ident:
		kind = name.Name
	case *ast.SelectorExpr:
		kind = name.Sel.Name
	}
	if kind != "Problem" && kind != "Error" {
		return "", nil
	}
	fields = map[string]ast.Expr{}
	for _, e := range c.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				fields[key.Name] = kv.Value
			}
		}
	}
	return kind, fields
}

// Each failure that a person meets has a sentence, what to do, and a test that makes it happen.
func TestWords_EachProblemHasThemAndATest(t *testing.T) {
	codes, tests := map[string]string{}, ""
	source(t, func(path string, file *ast.File, text string) {
		if strings.HasSuffix(path, "_test.go") {
			if filepath.Base(path) != "words_test.go" {
				tests += text
			}
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			kind, fields := fieldsOf(n)
			if kind != "Problem" {
				return true
			}
			if code, ok := fields["Code"].(*ast.BasicLit); ok {
				name, _ := strconv.Unquote(code.Value)
				codes[name] = path
			}
			if empty(fields["Message"]) != empty(fields["Hint"]) {
				t.Errorf("%s: a problem has a sentence and a hint, or gets both below", path)
			}
			return true
		})
	})
	for code, path := range codes {
		if len(provoked[code]) == 0 {
			t.Errorf("%s: no test is named here that provokes %q", path, code)
		}
	}
	for code, names := range provoked {
		if codes[code] == "" {
			t.Errorf("nothing has the code %q: remove it here", code)
		}
		for _, name := range names {
			if _, err := os.Stat(filepath.Join("testdata", name)); err != nil && !strings.Contains(tests, "func "+name+"(") {
				t.Errorf("%s: there is no test %s", code, name)
			}
		}
	}
}

func empty(e ast.Expr) bool {
	text, ok := e.(*ast.BasicLit)
	return e == nil || ok && len(text.Value) < 3
}

// Each code on the wire is documented, is said with a sentence, and is wanted by a test.
func TestWords_EachCodeIsDocumentedAndProvoked(t *testing.T) {
	documented := wstest.DocumentedCodes(t, "../docs/protocol.md")
	said, tests := map[string]bool{}, ""
	source(t, func(path string, file *ast.File, text string) {
		if strings.HasSuffix(path, "_test.go") {
			if filepath.Base(path) != "words_test.go" {
				tests += text
			}
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			kind, fields := fieldsOf(n)
			code, ok := fields["Code"].(*ast.BasicLit)
			if kind != "Error" || !ok {
				return true
			}
			name, _ := strconv.Unquote(code.Value)
			said[name] = true
			if !documented[name] && !strings.HasPrefix(filepath.ToSlash(path), "../internal/desktop/") { // those are the window's own
				t.Errorf("%s: docs/protocol.md does not list %q", path, name)
			}
			if empty(fields["Message"]) {
				t.Errorf("%s: %q is said without a sentence", path, name)
			}
			return true
		})
	})
	for code := range documented {
		if !said[code] && !regexp.MustCompile(`\b`+code+`\b`).MatchString(tests) {
			t.Errorf("nothing says %q", code)
		}
		if !strings.Contains(tests, `"`+code+`"`) {
			t.Errorf("no test wants %q", code)
		}
	}
}
