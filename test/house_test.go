package test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The sizes at which a package, a file, a function or a type has more than one job.
const (
	maxFilesPerPackage = 20
	maxLinesPerFile    = 400
	maxLinesPerFunc    = 60
	maxFieldsPerStruct = 20
	maxMethodsPerType  = 45
)

// grown may be as large as it says, and no larger.
var grown = map[string]int{
	// Wails binds the methods of one type, and each verb is one.
	"..: App": 82,
	// What main hands to the server, flag by flag.
	"../wsserver: Config": 23,
}

// TestHouse_NothingIsTooLarge reads every Go file of the module but tests, whatever its build tags.
func TestHouse_NothingIsTooLarge(t *testing.T) {
	filesOf, methodsOf := map[string]int{}, map[string]int{}
	for _, path := range sourceFiles(t) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(src, []byte("\n")); lines > maxLinesPerFile {
			t.Errorf("%s has %d lines, at most %d", path, lines, maxLinesPerFile)
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(path)
		filesOf[dir]++
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if lines := fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1; lines > maxLinesPerFunc {
					t.Errorf("%s: %s has %d lines, at most %d", path, n.Name.Name, lines, maxLinesPerFunc)
				}
				if n.Recv != nil {
					methodsOf[dir+": "+receiver(n.Recv.List[0].Type)]++
				}
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok && !travels(s) {
					if most := max(maxFieldsPerStruct, grown[dir+": "+n.Name.Name]); fields(s) > most {
						t.Errorf("%s: %s has %d fields, at most %d", path, n.Name.Name, fields(s), most)
					}
				}
			}
			return true
		})
	}
	for dir, n := range filesOf {
		if most := max(maxFilesPerPackage, grown[dir]); n > most {
			t.Errorf("%s has %d files, at most %d", dir, n, most)
		}
	}
	for name, n := range methodsOf {
		if most := max(maxMethodsPerType, grown[name]); n > most {
			t.Errorf("%s has %d methods, at most %d", name, n, most)
		}
	}
}

// sourceFiles lists the module's Go files that are no tests.
func sourceFiles(t *testing.T) (paths []string) {
	t.Helper()
	files, _ := tree(t)
	for _, file := range files {
		if strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") && !strings.Contains(file, "testdata/") {
			paths = append(paths, "../"+file)
		}
	}
	if len(paths) == 0 {
		t.Fatal("there is no Go file")
	}
	return paths
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// travels reports whether a struct is written as JSON: its fields are the wire's, or a file's.
func travels(s *ast.StructType) bool {
	return len(s.Fields.List) > 0 && s.Fields.List[0].Tag != nil && strings.Contains(s.Fields.List[0].Tag.Value, "json:")
}

// fields counts names, an embedded type as one.
func fields(s *ast.StructType) (n int) {
	for _, f := range s.Fields.List {
		n += max(1, len(f.Names))
	}
	return n
}
